#!/usr/bin/env node
import { commandLine } from './commandLine.ts';
import { processIo } from './io.ts';

// Not process.exit: what has been written to a pipe must still get through it.
process.exitCode = await commandLine(process.argv.slice(2), processIo());
