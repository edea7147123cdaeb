import type { KeepWhole } from '../../engine/capText.ts';
import type { Tool } from '../../engine/tool.ts';
import type { AskModel } from '../../workflow/askModel.ts';
import type { FetchOptions } from '../web/fetchPage.ts';
import { createWebFetchTool } from './webFetch.ts';
import { createWebSearchTool } from './webSearch.ts';

export interface WebToolsOptions {
  readonly ask: AskModel;
  readonly fetch?: FetchOptions;
  /** Has the whole of what is cut. Default: nobody. */
  readonly keepWhole?: KeepWhole | undefined;
}

const NOWHERE: KeepWhole = () => Promise.resolve(null);

/** The tools by which an agent reaches the web. */
export function createWebTools({ ask, fetch = {}, keepWhole = NOWHERE }: WebToolsOptions): readonly Tool[] {
  return [createWebFetchTool({ ask, options: fetch, keepWhole }), createWebSearchTool(ask, keepWhole)];
}
