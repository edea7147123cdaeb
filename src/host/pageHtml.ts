import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

export interface PageBundle {
  /** Of its script and its style in dist/. */
  readonly name: 'webview' | 'session';
  readonly title: string;
}

/** The page around a bundle: it may load that bundle and nothing else, from nowhere else. */
export function pageHtml(webview: vscode.Webview, dist: vscode.Uri, { name, title }: PageBundle): string {
  const nonce = randomBytes(16).toString('base64url');
  const from = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="UTF-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" nonce="${nonce}" href="${from(`${name}.css`)}">
  <title>${title}</title>
</head>
<body>
  <div id="root"></div>
  <script nonce="${nonce}" src="${from(`${name}.js`)}"></script>
</body>
</html>
`;
}
