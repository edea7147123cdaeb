// The toolkit tries out a style element as it loads. Under the page's policy that needs the page's nonce, which the
// toolkit looks for in this place. Imported before it.

const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;
if (nonce !== undefined && nonce !== '') {
  const meta = document.createElement('meta');
  meta.setAttribute('property', 'csp-nonce');
  meta.content = nonce;
  document.head.append(meta);
}
