import { relative } from 'node:path'
import { inOrder, ofPart } from '../dashboard/hosts/apply-hosts.ts'
import { livesText, outcomeText, sumOfParts } from '../dashboard/hosts/part-words.ts'
import type { HostsView } from '../dashboard/hosts/types.ts'
import { clock } from '../dashboard/format.ts'
import { linePainter } from '../dashboard/plain-lines.ts'
import { clean } from '../dashboard/text.ts'
import { countsText } from '../events/index.ts'
import { localClock } from '../host/local-time.ts'
import { progressionLine, progressionLines } from '../session/projections/progression.ts'
import type { Terminal } from './command.ts'
import type { ShowRun } from './watch-run.ts'

/** How often it is said that the run goes on. */
const HEARTBEAT_MS = 60_000

/** A divided run as plain lines: one for each event, with the part that it is of, and at the end one for each part. */
export function runLines(terminal: Terminal): ShowRun {
  const paint = linePainter(terminal.env, process.stdout)
  let toldAt = performance.now()
  const write = (level: 'INFO' | 'WARN' | 'ERROR', text: string): void => {
    const line = progressionLine(localClock(new Date()), level, text)
    terminal.write(`${paint(line.trimEnd())}\n`)
  }
  return {
    tell: write,
    show(view, news) {
      for (const { index, entry } of inOrder(news)) {
        for (const line of progressionLines(entry)) {
          if (line.includes('] [DEBUG] ')) continue
          terminal.write(`${paint(ofPart(line.trimEnd(), index, view.parts.length))}\n`)
        }
      }
      if (performance.now() - toldAt < HEARTBEAT_MS) return
      toldAt = performance.now()
      const { done, expected } = sumOfParts(view)
      const of = expected === null ? '' : ` of ${expected}`
      write('INFO', `Still Running: ${done}${of} done, ${livesText(view.parts)}`)
    },
    end(view) {
      terminal.write(`\n${endLines(view, terminal.cwd).join('\n')}\n`)
    },
  }
}

function endLines(view: HostsView, cwd: string): string[] {
  const { begin, end, counts } = sumOfParts(view)
  const status = end?.status ?? 'not ended'
  const took = end === null ? '' : ` in ${clock(end.duration)}`
  const plan = clean(begin?.plan.name ?? '')
  const width = `${view.parts.length}`.length
  const lines = view.parts.map((part) => {
    const host = part.host === null ? '' : `  ${clean(part.host)}`
    const where = part.session === null ? '' : `  ${clean(relative(cwd, part.session) || '.')}`
    const again = part.attempt > 1 ? `, attempt ${part.attempt}` : ''
    return `  Part ${`${part.index}`.padStart(width)}${host}  ${outcomeText(part)}${again}${where}`
  })
  return [
    `${plan}, ${clean(view.name)}: ${status} (${countsText(counts, ['passed'])})${took}`,
    ...lines,
  ]
}
