/**
 * A path from the top of a repository as git writes it, or null for one that is none: absolute, out of the repository, of a
 * folder, or with backslashes, which some systems take for slashes.
 */
export function repositoryPath(text: string): string | null {
  if (text.startsWith('/') || text.endsWith('/') || /[\\\0]/.test(text) || /^[A-Za-z]:/.test(text)) return null;
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 || parts.includes('..') || text.endsWith('/.') ? null : parts.join('/');
}
