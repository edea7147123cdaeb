import type { Model } from '../engine/model.ts';
import { sha256 } from './ids.ts';

/** A model that says at which service it asks. */
export interface ServiceModel extends Model {
  /** The same for all that count towards the same limits: one address, asked with one key. No part of either can be read from it. */
  readonly service: string;
}

/** Of an address, and of whoever is known there by what. */
export function serviceName(address: string, ...credentials: readonly (string | undefined)[]): string {
  return sha256(JSON.stringify([address, ...credentials.map((each) => each || null)]));
}
