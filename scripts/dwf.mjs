#!/usr/bin/env node
// @ts-check
// The command line: in a checkout it installs and builds what is missing first, in an installed package all is there.
import { bootstrap, isCheckout } from './bootstrap.mjs';
import { runCommandLine } from './lib/commandLine.mjs';

if (isCheckout()) await bootstrap({ build: true });
await runCommandLine();
