/** As an expression of a script. */
export const TOO_LONG_CODE = "'true ' + 'x'.repeat(1_100_000)";

/** A command that no system starts: Linux takes 128 KiB an argument, macOS a megabyte of them all. */
export const TOO_LONG = `true ${'x'.repeat(1_100_000)}`;
