export { readNight } from './night.ts'
export { type NightHistory, readNights } from './read-nights.ts'
export type { Aspect, Night, NightCase, NightLoadout, Verdict } from './types.ts'
export { type NightVerdicts, type VerdictOptions, verdictsOf } from './verdicts.ts'
