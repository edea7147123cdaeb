// What the bundler makes of files that are not code: style sheets go into a file of their own, recordings become text.
declare module '*.css';
declare module '*.ndjson' {
  const text: string;
  export default text;
}
