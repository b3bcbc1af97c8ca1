import type { JournalEntry } from '../../events/index.ts'
import { pushLine } from '../line-buffer.ts'
import { type DashboardModel, type Describe, titleOf } from '../model.ts'
import { noteResult } from '../notable.ts'
import { livesText, sumOfParts } from './part-words.ts'
import type { HostsView, PartNews } from './types.ts'

/** Of most lines; beside a host there is little room. */
const SCENARIO = /^Scenario (?=.*: [A-Z]+(?: \(|$))/s
const HEAD = /^\[[^\]]*\] \[[A-Z]+\] /

/** Takes how the parts of a divided run stand, and what is new of each, into the model. */
export function applyHosts(
  model: DashboardModel,
  view: HostsView,
  news: readonly PartNews[],
  describe: Describe,
): void {
  const lines = model.hosts?.lines ?? new Map<number, string>()
  model.hosts = { ...view, lines }
  model.run = sumOfParts(view)
  for (const { index, entry } of inOrder(news)) {
    model.lastAt = Math.max(model.lastAt, Date.parse(entry.time))
    for (const each of describe(entry)) {
      if (each.includes('] [DEBUG] ')) continue
      lines.set(index, each.trimEnd().replace(HEAD, '').replace(SCENARIO, ''))
      tellOfPart(model, ofPart(each.trimEnd(), index, view.parts.length))
    }
    if (entry.type !== 'scenario_ended') continue
    noteResult(model, entry.result, titleOf(entry.result))
  }
  const { end } = model.run
  const text = end === null ? `Watching: ${livesText(view.parts)}` : `Finished: ${end.status}`
  const since = model.action.text === text ? model.action.since : model.lastAt
  model.action = { text, since }
}

/** A line of the story, with the part that it is of. */
export function ofPart(text: string, index: number, count: number): string {
  const head = HEAD.exec(text)?.[0] ?? ''
  return `${head}${index}/${count} ${text.slice(head.length)}`
}

/** A line for the window of the log. */
export function tellOfPart(model: DashboardModel, text: string): void {
  pushLine(model.story, text)
  if (text.includes('] [ERROR] ')) pushLine(model.errors, text)
}

/** Of several parts by the times of their hosts, each in its own order. */
export function inOrder(news: readonly PartNews[]): { index: number; entry: JournalEntry }[] {
  return news
    .flatMap(({ index, entries }) =>
      entries.map((entry) => ({ index, entry, at: Date.parse(entry.time) })),
    )
    .toSorted((a, b) => a.at - b.at)
}
