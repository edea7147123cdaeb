import type { RequestView, SeenResult } from '../view.ts';

/** Whether the agent has called a tool of this name before. */
export function hasCalled(view: RequestView, name: string): boolean {
  return view.calls.some((call) => call.name === name);
}

/** What the tool gave back, oldest first. */
export function resultsOf(view: RequestView, name: string): readonly SeenResult[] {
  return view.messages.flatMap((message) => message.results).filter((result) => result.name === name);
}

export function isOffered(view: RequestView, name: string): boolean {
  return view.tools.some((tool) => tool.name === name);
}

/** The folder that the agent was told to work in. */
export function workingDirectory(view: RequestView): string {
  return /^Your working directory is (.+?)(?:, a git worktree|\.$)/m.exec(view.prompt)?.[1] ?? '';
}

/** A file's text out of what Read gave: without line numbers. */
export function fileText(content: string): string {
  return content.replace(/^ *\d+\t/gm, '');
}
