import * as vscode from 'vscode';
import * as z from 'zod';

const entry = z.object({ command: z.string(), when: z.string(), group: z.string().optional() });

const manifest = z.object({
  extensionKind: z.array(z.string()),
  activationEvents: z.array(z.string()),
  capabilities: z.object({
    untrustedWorkspaces: z.object({ supported: z.union([z.boolean(), z.literal('limited')]) }),
    virtualWorkspaces: z.object({ supported: z.boolean() }),
  }),
  contributes: z.object({
    commands: z.array(z.object({ command: z.string(), category: z.string(), title: z.string() })),
    menus: z.record(z.string(), z.array(entry)),
    views: z.record(z.string(), z.array(z.object({ id: z.string() }))),
    viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string() })),
    configuration: z.object({
      properties: z.record(z.string(), z.object({ default: z.unknown(), scope: z.string() })),
    }),
  }),
});

/** Our extension as the editor loaded it. */
export function installed(): { readonly extension: vscode.Extension<unknown>; readonly manifest: Manifest } {
  const extension = vscode.extensions.getExtension('dynamic-workflows.dynamic-workflows');
  if (!extension) throw new Error('The extension is not there.');
  return { extension, manifest: manifest.parse(extension.packageJSON) };
}

type Manifest = z.infer<typeof manifest>;

/** The commands that a row of the list of runs has in its menu, by the row's `contextValue`. */
export function menu(contextValue: string): readonly string[] {
  const entries = installed().manifest.contributes.menus['view/item/context'] ?? [];
  return entries
    .filter(({ group }) => group?.startsWith('inline') === false)
    .filter(({ when }) => rowPattern(when).test(contextValue))
    .map(({ command }) => command);
}

/** The `viewItem =~ /…/` of a menu entry, which is all that ours ask for beside their view. */
export function rowPattern(when: string): RegExp {
  const pattern = /^view == dynamicWorkflows\.runs && viewItem =~ \/(.+)\/$/.exec(when)?.[1];
  if (pattern === undefined) throw new Error(`Not a condition on a row: ${when}`);
  return new RegExp(pattern);
}
