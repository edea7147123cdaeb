// @ts-nocheck: the API is younger than the types of the oldest editor that we support.
const vscode = require('vscode');

const MODEL = {
  id: 'obedient',
  name: 'Obedient',
  family: 'obedient-family',
  version: '1',
  maxInputTokens: 1000,
  maxOutputTokens: 1000,
  capabilities: { toolCalling: true },
};

/** Its last message is `say: words`, `call: {"name", "input"}`, `fail: CODE words`, `hang` or `echo`. */
exports.activate = (context) => {
  const hanging = Promise.withResolvers();
  const cancelled = Promise.withResolvers();
  context.subscriptions.push(
    // Each resolves once a request hangs, or has been cancelled.
    vscode.commands.registerCommand('scriptedModels.hanging', () => hanging.promise),
    vscode.commands.registerCommand('scriptedModels.cancelled', () => cancelled.promise),
    vscode.lm.registerLanguageModelChatProvider('scripted', {
      provideLanguageModelChatInformation: () => [MODEL],
      provideTokenCount: async (_model, text) =>
        Math.ceil((typeof text === 'string' ? text : JSON.stringify(text.content)).length / 10),
      provideLanguageModelChatResponse: async (_model, messages, options, progress, token) => {
        const last = textOf(messages.at(-1));
        const [, order, rest = ''] = /^(\w+):? ?(.*)$/s.exec(last) ?? [];
        if (order === 'say') {
          for (const word of rest.match(/\S+\s*/g) ?? []) progress.report(new vscode.LanguageModelTextPart(word));
        } else if (order === 'call') {
          const { name, input } = JSON.parse(rest);
          progress.report(new vscode.LanguageModelToolCallPart('call-1', name, input));
        } else if (order === 'fail') {
          const [code, ...words] = rest.split(' ');
          const make = vscode.LanguageModelError[code];
          throw make ? make(words.join(' ')) : new Error(words.join(' '));
        } else if (order === 'hang') {
          hanging.resolve();
          await new Promise((resolve) => token.onCancellationRequested(resolve));
          cancelled.resolve();
        } else if (order === 'echo') {
          const tools = (options.tools ?? []).map(({ name }) => name);
          const roles = messages.map(({ role }) => role);
          progress.report(new vscode.LanguageModelTextPart(JSON.stringify({ tools, roles, last })));
        }
      },
    }),
  );
};

function textOf(message) {
  return message.content.map((part) => part.value ?? part.content?.map(({ value }) => value).join('') ?? '').join('');
}
