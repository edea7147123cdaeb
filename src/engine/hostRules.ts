/**
 * The host of a URL or of a bare host with or without a port, in lower case; null when the text can be read in more than
 * one way: with a user's name, a backslash, blanks, or signs that a parser would write differently.
 */
export function hostOf(subject: string): string | null {
  const match =
    /^(?:https?:\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)\.?(?::\d{1,5})?(?:[/?#][^\\\s\p{Cc}]*)?$/iu.exec(
      subject,
    );
  return match?.[1]?.toLowerCase() ?? null;
}

/** What a rule says between `domain:` and its bracket: a host with all below it, `*.host` only what is below, `*` any. */
export function domainOf(pattern: string): string | null {
  const domain = /^domain:\s*((?:\*\.)?[\p{L}\p{N}_.[\]:-]+|\*)$/u.exec(pattern)?.[1];
  return domain?.toLowerCase().replace(/\.$/, '') ?? null;
}

export function isOfDomain(host: string, domain: string): boolean {
  if (domain === '*' || host === domain) return true;
  return host.endsWith(domain.startsWith('*.') ? domain.slice(1) : `.${domain}`);
}
