import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { root } from '../../../scripts/lib/paths.mjs';

const Manifest = z.object({ publisher: z.string(), name: z.string(), version: z.string() });

/** What a person gets when they install the extension; nothing else of the checkout is in reach. */
const shipped = ['package.json', 'dist'];

/** Puts the built extension where the editor looks for installed ones. */
export function copyExtensionInto(extensionsFolder: string): void {
  const { publisher, name, version } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const target = join(extensionsFolder, `${publisher}.${name}-${version}`);
  mkdirSync(target, { recursive: true });
  for (const part of shipped) cpSync(join(root, part), join(target, part), { recursive: true });
}
