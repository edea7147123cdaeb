// @ts-nocheck: the API is younger than the types of the oldest editor that we support.
const vscode = require('vscode');

const MODEL = {
  id: 'silent',
  name: 'Silent',
  family: 'silent-family',
  version: '1',
  maxInputTokens: 1000,
  maxOutputTokens: 1000,
  isUserSelectable: true,
  isDefault: true,
  // Others the view does not offer.
  capabilities: { toolCalling: true },
};

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.lm.registerLanguageModelChatProvider('scripted', {
      provideLanguageModelChatInformation: () => [MODEL],
      provideTokenCount: async () => 1,
      provideLanguageModelChatResponse: async () => undefined,
    }),
    vscode.chat.createChatParticipant('scripted.default', async () => ({})),
  );
  // Until somebody asks which models there are, the view has none.
  void vscode.lm.selectChatModels();
};
