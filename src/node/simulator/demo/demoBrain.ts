import type { Brain } from '../brain.ts';
import { firstOf } from '../brain.ts';
import { author } from './author.ts';
import { reviewer, skeptic } from './court.ts';
import { doubter } from './doubter.ts';
import { finder, verifier } from './suite.ts';

/**
 * Plays the model when `workflows/fix-failing-tests.js` runs on a copy of `media/sample-project`: it calls the agents'
 * real tools and answers by what they give back. It knows how to mend the seeded bugs and nothing else; any other
 * conversation it leaves to the next brain.
 */
export const demoBrain: Brain = firstOf([finder, doubter, author, reviewer, skeptic, verifier]);
