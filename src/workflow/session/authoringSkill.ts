import type { Skill } from '../definitions.ts';
import { renderAuthoring } from '../script/api/renderAuthoring.ts';

/** How workflow scripts are written, for the agent that is about to write one. */
export const AUTHORING: Skill = {
  name: 'workflow-authoring',
  description:
    'How to write a workflow script: when it is worth it, how large, its globals and patterns. Load it before you write one.',
  text: renderAuthoring(),
  folder: '',
  scripts: [],
  origin: 'program',
  offered: true,
};
