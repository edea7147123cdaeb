import * as vscode from 'vscode';

/** The page around the bundle: it may load that bundle and nothing else, from nowhere else. */
export function graphHtml(webview: vscode.Webview, dist: vscode.Uri, nonce: string): string {
  const from = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
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
  <link rel="stylesheet" nonce="${nonce}" href="${from('webview.css')}">
  <title>Run graph</title>
</head>
<body>
  <div id="root"></div>
  <script nonce="${nonce}" src="${from('webview.js')}"></script>
</body>
</html>
`;
}
