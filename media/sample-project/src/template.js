const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Fills `{{name}}` with values escaped for HTML and `{{{name}}}` with raw ones. Names may be paths: `user.name`. */
export function render(template, data) {
  return template.replace(/\{\{\{\s*([\w.]+)\s*\}\}\}|\{\{\s*([\w.]+)\s*\}\}/g, (_, raw, escaped) =>
    raw === undefined ? escape(lookUp(data, escaped)) : lookUp(data, raw),
  );
}

function lookUp(data, path) {
  const value = path
    .split('.')
    .reduce((node, key) => (node != null && Object.hasOwn(node, key) ? node[key] : undefined), data);
  return value == null ? '' : String(value);
}

function escape(text) {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]);
}
