import type * as vscode from 'vscode';
import type { ModelRequest, ToolSpec } from '../engine/model.ts';
import { withImages } from '../engine/images.ts';
import type { AssistantMessage, ToolResultBlock, UserMessage } from '../protocol/conversation.ts';
import type { EditorApi } from './languageModel.ts';

/** A conversation as the editor's models take it: it knows no system prompt, which goes ahead as the first message. */
export function chatMessages(api: EditorApi, { system, messages }: ModelRequest): vscode.LanguageModelChatMessage[] {
  return [
    ...(system === '' ? [] : [api.LanguageModelChatMessage.User(system)]),
    ...messages.map((message) =>
      message.role === 'user'
        ? api.LanguageModelChatMessage.User(userParts(api, message))
        : api.LanguageModelChatMessage.Assistant(assistantParts(api, message)),
    ),
  ];
}

export function chatTools(tools: readonly ToolSpec[]): vscode.LanguageModelChatTool[] {
  return tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
}

function userParts(api: EditorApi, { content }: UserMessage) {
  const parts = content.map((block) =>
    block.type === 'text'
      ? new api.LanguageModelTextPart(block.text)
      : new api.LanguageModelToolResultPart(block.toolUseId, [
          new api.LanguageModelTextPart(block.isError ? `The call failed. ${block.content}` : withoutImages(block)),
        ]),
  );
  return parts.length > 0 ? parts : [new api.LanguageModelTextPart('(nothing)')];
}

/** The API takes texts alone, and the model must not think that it has seen a picture. */
function withoutImages(block: ToolResultBlock): string {
  return block.images === undefined
    ? block.content
    : withImages(block, [], 'left out: this model is shown none').content;
}

/** Without what only another provider understands. */
function assistantParts(api: EditorApi, { content }: AssistantMessage) {
  const parts = content.flatMap((block): (vscode.LanguageModelTextPart | vscode.LanguageModelToolCallPart)[] => {
    if (block.type === 'text') return [new api.LanguageModelTextPart(block.text)];
    if (block.type === 'opaque') return [];
    return [new api.LanguageModelToolCallPart(block.id, block.name, objectInput(block.input))];
  });
  return parts.length > 0 ? parts : [new api.LanguageModelTextPart('(nothing)')];
}

/** The API takes objects only, also for the broken input that the model is about to be told of. */
function objectInput(input: unknown): object {
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : { unreadable_input: input };
}
