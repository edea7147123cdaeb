import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { ensureBuilt } from '../../scripts/lib/dist.mjs';
import { root } from '../../scripts/lib/paths.mjs';

export interface WebviewServer {
  /** Of the page in webview/dev, which shows the built bundle. */
  readonly url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' };

/** Serves the built webview in the page that plays the host, under a policy as strict as the editor's. */
export async function startWebviewServer(port = 0): Promise<WebviewServer> {
  await ensureBuilt();
  const player = await bundlePlayer();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    contentOf(path === '/' ? '/index.html' : path, player).then(
      (content) => response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html' }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${portOf(server)}/`, close: () => close(server) };
}

async function contentOf(path: string, player: string): Promise<string> {
  switch (path) {
    case '/index.html':
    case '/session.html': {
      const page = path === '/index.html' ? 'webview' : 'session';
      const html = await readFile(join(root, 'webview', 'dev', 'index.html'), 'utf8');
      return html
        .replaceAll('{{page}}', page)
        .replaceAll('{{nonce}}', randomBytes(16).toString('hex'))
        .replaceAll('{{source}}', "'self'");
    }
    case '/player.js':
      return player;
    case '/dev.css':
      return readFile(join(root, 'webview', 'dev', 'dev.css'), 'utf8');
    case '/webview.js':
    case '/webview.css':
    case '/session.js':
    case '/session.css':
      return readFile(join(root, 'dist', path), 'utf8');
    default:
      throw new Error(`There is no ${path}.`);
  }
}

async function bundlePlayer(): Promise<string> {
  const built = await build({
    absWorkingDir: root,
    entryPoints: ['webview/dev/player.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    loader: { '.ndjson': 'text' },
  });
  return built.outputFiles.map(({ text }) => text).join('');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
