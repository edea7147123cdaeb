import type { Tool } from '../../engine/tool.ts';
import type { AskModel } from '../../workflow/askModel.ts';
import type { FetchOptions } from '../web/fetchPage.ts';
import { createWebFetchTool } from './webFetch.ts';
import { createWebSearchTool } from './webSearch.ts';

export interface WebToolsOptions {
  readonly ask: AskModel;
  readonly fetch?: FetchOptions;
}

/** The tools by which an agent reaches the web. */
export function createWebTools({ ask, fetch = {} }: WebToolsOptions): readonly Tool[] {
  return [createWebFetchTool(ask, fetch), createWebSearchTool(ask)];
}
