/**
 * Keeps what a method of the editor's API makes while `body` runs. Who calls it gets the very same object, so nothing
 * but the looking is added.
 */
export async function recordMade<Made extends object>(
  api: object,
  method: string,
  body: (made: readonly Made[]) => Promise<void>,
): Promise<void> {
  const own = Object.getOwnPropertyDescriptor(api, method);
  const real = Reflect.get(api, method) as (...args: unknown[]) => Made;
  const made: Made[] = [];
  const value = (...args: unknown[]): Made => {
    const thing = real.apply(api, args);
    made.push(thing);
    return thing;
  };
  Object.defineProperty(api, method, { configurable: true, writable: true, value });
  try {
    await body(made);
  } finally {
    if (own) Object.defineProperty(api, method, own);
    else Reflect.deleteProperty(api, method);
  }
}
