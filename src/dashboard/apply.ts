import { type Action, foldEntry, type JournalEntry } from '../events/index.ts'
import { applySample, markLoading, markNeed, markPrior } from './apply-sample.ts'
import { pushLine } from './line-buffer.ts'
import { type DashboardModel, type Describe, titleOf } from './model.ts'
import { noteResult } from './notable.ts'

/** Takes one event into the model: what the screen keeps beside the run itself. */
export function applyEntry(model: DashboardModel, entry: JournalEntry, describe: Describe): void {
  const time = Date.parse(entry.time)
  model.lastAt = time
  foldEntry(model.run, entry)
  tell(model, describe(entry))
  if (entry.type === 'sample') applySample(model, entry, time)
  else if (entry.type === 'loadout_starting') markPrior(model, entry)
  else if (entry.type === 'model_loading') markLoading(model)
  else if (entry.type === 'memory_foreseen') markNeed(model, entry.needs)
  else if (entry.type === 'loadout_ready' || entry.type === 'loadout_failed') markNeed(model, null)
  else if (entry.type === 'scenario_ended') {
    const { result } = entry
    noteResult(model, result, titleOf(result))
  }
  act(model, time)
}

function tell(model: DashboardModel, lines: readonly string[]): void {
  for (const each of lines) {
    const text = each.trimEnd()
    if (text.includes('] [DEBUG] ')) continue
    pushLine(model.story, text)
    if (text.includes('] [ERROR] ')) pushLine(model.errors, text)
  }
}

/** What goes on; scenarios that run are told with clocks of their own. */
function act(model: DashboardModel, since: number): void {
  const { action, cancelled, end, running } = model.run
  const isScenario = action.kind === 'scenario' || action.kind === 'ran'
  if (end === null && isScenario && (running.size > 0 || cancelled !== null)) return
  const text = end === null ? WORDS[action.kind](action.name) : endText(end)
  if (model.action.text !== text) model.action = { text, since }
}

function endText({ recorded_by: by, status }: { recorded_by: string; status: string }): string {
  return by === 'run' ? `Finished: ${status}` : 'The run died'
}

const WORDS: Record<Action['kind'], (name: string) => string> = {
  beginning: () => 'Starting',
  domain: (name) => `Switching to ${name}`,
  starting: (name) => `Starting ${name}`,
  loading: (name) => `Loading ${name}`,
  warming: (name) => `Warming up ${name}`,
  ready: (name) => `Ready: ${name}`,
  failed: (name) => `Failed: ${name}`,
  restarted: (name) => `Restarted ${name}`,
  stopping: (name) => `Stopping ${name}`,
  stopped: (name) => `Stopped ${name}`,
  file: (name) => `Loading scenarios: ${name}`,
  scenario: (name) => `Running ${name}`,
  ran: (name) => `Ran ${name}`,
  cancelled: (reason) => `Cancelling: ${reason}`,
}
