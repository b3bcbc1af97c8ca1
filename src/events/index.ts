export type {
  Counts,
  EventOf,
  ImportedFrom,
  JournalEntry,
  RunStatus,
  SessionEvent,
} from './event.ts'
export type { Domain } from './domain.ts'
export type {
  ExchangedReply,
  LogRange,
  OwnMeasure,
  ScenarioError,
  ScenarioResult,
  ScenarioStatus,
} from './result.ts'
export { type Cause, CAUSE_KINDS, type CauseFacts, type CauseKind, causeOf } from './cause.ts'
export { count, countsText, noCounts, sumOf, uncount, wrongOf } from './counts.ts'
export { AgainRows, type OldRow } from './fold/again-rows.ts'
export { type CauseFold, causesByCount } from './fold/cause-fold.ts'
export { foldEntry, foldResult, loadoutOf, nameCause } from './fold/fold-entry.ts'
export {
  type EarlierSpell,
  type LoadoutFold,
  type LoadoutStatus,
  statusOf,
  timeInAll,
  timesOf,
} from './fold/loadout-fold.ts'
export { type Action, type GateFold, newFold, type RunEnd, type RunFold } from './fold/run-fold.ts'
export { sumOfFolds } from './fold/sum-of-folds.ts'
export type { ServiceFold } from './fold/service-fold.ts'
export { loadoutKey, type LoadoutName } from './loadout-key.ts'
export type { SessionJudgement, SessionVerdict } from './judgement.ts'
export { MEMORY_PARTS } from './memory-parts.ts'
export { SCENARIO_ENDING, stemOf, stemOfName, stemWithin } from './stem.ts'
export { holdersText } from './holders-text.ts'
export type { MergedOf, MergedPart } from './merged.ts'
export { incompleteText, isMerged, mergedText } from './merged-text.ts'
export type { ShardOf } from './shard.ts'
export { shardText } from './shard-text.ts'
export { upperFirst } from './upper-first.ts'
