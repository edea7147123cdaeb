import type { Rule } from './rule.ts';
import { UNKNOWN_ARG, UNUSED_ARG } from './rules/argsUse.ts';
import { MISSING_AWAIT, TEXT_AS_LIST } from './rules/awaits.ts';
import { BARRIER } from './rules/barrier.ts';
import { FAN_OUT, PROMISE_IN_PARALLEL } from './rules/fanOut.ts';
import { UNREVIEWED_LANDING } from './rules/landing.ts';
import { SEQUENTIAL_LOOP, UNBOUNDED_LOOP } from './rules/loops.ts';
import { ABSENT_NAME, CLOCK_OR_CHANCE, UNKNOWN_MEMBER, UNKNOWN_NAME } from './rules/names.ts';
import { UNCHECKED_NULL } from './rules/nulls.ts';
import { OPTION_TYPE, UNKNOWN_OPTION } from './rules/options.ts';
import { PHASE_RACE, UNKNOWN_PHASE, UNUSED_PHASE } from './rules/phases.ts';
import { SCHEMA } from './rules/schemas.ts';

/** All that `lintScript` looks for, in the order of the contract. */
export const RULES: readonly Rule[] = [
  CLOCK_OR_CHANCE,
  ABSENT_NAME,
  UNKNOWN_NAME,
  UNKNOWN_MEMBER,
  MISSING_AWAIT,
  TEXT_AS_LIST,
  SCHEMA,
  UNCHECKED_NULL,
  PHASE_RACE,
  UNKNOWN_OPTION,
  OPTION_TYPE,
  PROMISE_IN_PARALLEL,
  SEQUENTIAL_LOOP,
  BARRIER,
  UNUSED_PHASE,
  UNKNOWN_PHASE,
  UNKNOWN_ARG,
  UNUSED_ARG,
  UNBOUNDED_LOOP,
  FAN_OUT,
  UNREVIEWED_LANDING,
];
