const COMMIT_ID = /^[0-9a-f]{40,64}$/;

/** Whether it is a commit's whole id, and nothing else that git might take it for: a name, a range, an option. */
export function isCommitId(text: string): boolean {
  return COMMIT_ID.test(text);
}
