/** True for a folder and what lies in it. A path with `..` was not resolved, and is trusted to lie nowhere. */
export function isInside(folder: string, path: string): boolean {
  const from = withoutEnd(folder);
  if (path === folder || path === from) return true;
  return !/[\\/]\.\.(?:[\\/]|$)/.test(path) && path.startsWith(from) && /^[\\/]/.test(path.slice(from.length));
}

/** What is behind the folder in a path that is inside. */
export function relativeTo(folder: string, path: string): string {
  return path.slice(withoutEnd(folder).length);
}

function withoutEnd(folder: string): string {
  return folder.replace(/[\\/]+$/, '');
}
