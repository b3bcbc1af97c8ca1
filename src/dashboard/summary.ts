import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { createColors } from 'picocolors'
import {
  type CauseFold,
  causesByCount,
  countsText,
  type LoadoutFold,
  type LogRange,
  sumOf,
  wrongOf,
} from '../events/index.ts'
import { clock, duration } from './format.ts'
import { partSummary } from './hosts/host-lines.ts'
import type { HostsModel } from './hosts/types.ts'
import type { Glyphs } from './glyphs.ts'
import { type DashboardModel, titleOf } from './model.ts'
import { domainsOf } from './parts/tree.ts'
import { STATUS_COLOURS, worstColour } from './status-colours.ts'
import { type Cell, clean, line } from './text.ts'
import type { SessionFiles } from './types.ts'

/** More causes than these are in the artifacts. */
const CAUSES = 10
/** A reason is one line; this much of it can be shown. */
const LONGEST_REASON = 500

/** What is told also where there is none of it. */
const ALWAYS = ['passed'] as const
/** Columns that the name of a loadout has at least, with its sign. */
const LEAST_TITLE = 22

export interface SummaryContext {
  columns: number
  paint: ReturnType<typeof createColors>
  glyphs: Glyphs
  links: boolean
  /** Paths are told from here. */
  cwd: string
}

/** What stays in the scrollback: results, what was slow, what did not pass and why, and where everything is. */
export function summaryLines(
  model: DashboardModel,
  files: SessionFiles,
  context: SummaryContext,
): string[] {
  return [
    '',
    headline(model, context),
    ...domainsOf(model).flatMap((view) => [
      row(context, [
        { text: `  ${view.domain}`, paint: context.paint.bold },
        { text: `  ${view.done === 0 ? 'no result' : countsText(view.counts, ALWAYS)}` },
      ]),
      ...model.run.loadouts
        .filter(({ domain }) => domain === view.domain)
        .map((loadout) => loadoutLine(loadout, model, context)),
    ]),
    ...slowestLines(model, context),
    ...failureLines(model, files, context),
    '',
    ...(model.hosts === null ? pathLines(files, context) : partLines(model.hosts, context)),
  ]
}

function headline(
  { run: { begin, counts, end }, isLost }: DashboardModel,
  context: SummaryContext,
) {
  const { paint } = context
  const status = end?.status ?? null
  const took = end === null ? '' : ` in ${clock(end.duration)}`
  return row(context, [
    { text: `${clean(begin?.plan.name ?? '')}: `, paint: paint.bold },
    {
      text: status ?? (isLost ? 'DIED' : 'not ended'),
      paint: status === 'PASSED' ? paint.green : paint.red,
    },
    { text: ` (${countsText(counts, ALWAYS)})${took}` },
  ])
}

function loadoutLine(
  view: LoadoutFold,
  { run: fold, isLost }: DashboardModel,
  context: SummaryContext,
): string {
  const { paint, glyphs } = context
  const { counts, setupTime: setup, runTime: run, cleanupTime: cleanup } = view
  const isDead = fold.end !== null && fold.end.recorded_by !== 'run'
  const isCutOff = (isDead || isLost) && view.readyAt !== null && run === null
  const hasBad = counts.failed + counts.missing + counts.interrupted > 0
  const isBad = view.status === 'failed' || hasBad || isCutOff
  const known = Object.entries({ setup, run, cleanup }).flatMap(([name, seconds]) =>
    seconds === null ? [] : [{ name, took: duration(seconds) }],
  )
  const counted = `  ${view.done === 0 ? 'no result' : countsText(counts, ALWAYS)}`
  // Where there is not enough room the times lose their names, then give way.
  const times = [
    known.map(({ name, took }) => `  ${name} ${took}`).join(''),
    `  ${known.map(({ took }) => took).join(' + ')}`,
  ].find((text) => counted.length + text.length <= context.columns - LEAST_TITLE)
  const sign = view.done === 0 ? glyphs.waiting : isBad ? glyphs.failed : glyphs.stopped
  const colour = view.done === 0 ? paint.dim : paint[worstColour(counts, isBad)]
  return row(
    context,
    [{ text: `    ${sign} `, width: 6, paint: colour }, { text: clean(titleOf(view)) }],
    [{ text: counted }, { text: times ?? '', paint: paint.dim }],
  )
}

function slowestLines({ slowest }: DashboardModel, context: SummaryContext): string[] {
  if (slowest.length === 0) return []
  return [
    '',
    row(context, [{ text: '  Slowest', paint: context.paint.bold }]),
    ...slowest.map((result) =>
      row(context, [
        { text: `    ${duration(result.duration).padStart(7)}  ${clean(result.name)}` },
        { text: `  ${clean(result.loadout)}`, paint: context.paint.dim },
      ]),
    ),
  ]
}

/** What kept results from passing: the causes with most of them first, each told once. */
function failureLines(
  { run: { causes, counts } }: DashboardModel,
  { session }: SessionFiles,
  context: SummaryContext,
): string[] {
  const { paint } = context
  const all = causesByCount(causes.values())
  const wrong = wrongOf(counts)
  if (wrong === 0) return []
  const lines = all.slice(0, CAUSES).flatMap((cause) => causeLines(cause, session, context))
  const rest = all.slice(CAUSES)
  if (rest.length > 0) {
    const results = rest.reduce((sum, cause) => sum + sumOf(cause.counts), 0)
    const text = `    and ${counted(results, 'result')} of ${counted(rest.length, 'other cause')}`
    lines.push(row(context, [{ text }]))
  }
  const title =
    all.length < wrong
      ? `  Not passed: ${wrong}, of ${counted(all.length, 'cause')}`
      : '  Not passed'
  return ['', row(context, [{ text: title, paint: paint.bold }]), ...lines]
}

function causeLines(cause: CauseFold, session: string, context: SummaryContext): string[] {
  const { paint } = context
  const { first, message, counts, loadouts } = cause
  const results = sumOf(counts)
  const more = results > 1 ? ` and ${results - 1} more` : ''
  const where = loadouts.length > 1 ? `on ${loadouts.length} loadouts` : clean(first.title)
  const head = row(context, [
    { text: `    ${first.status} `, paint: paint[STATUS_COLOURS[first.status]] },
    { text: `${clean(first.name)}${more}` },
    { text: `  ${where}`, paint: paint.dim },
  ])
  return [head, ...reasonLine(message, context), ...logLine(first.log, session, context)]
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

function reasonLine(reason: string, context: SummaryContext): string[] {
  return reason === ''
    ? []
    : [row(context, [{ text: `      ${clean(reason.slice(0, LONGEST_REASON))}` }])]
}

function logLine(log: LogRange | null, session: string, context: SummaryContext): string[] {
  if (log === null) return []
  const file = linked(log.file, join(session, log.file), context)
  return [`      ${file}${context.paint.dim(`, bytes ${log.from} to ${log.to}`)}`]
}

/** Each part of a divided run, with the path of its session. */
function partLines(hosts: HostsModel, context: SummaryContext): string[] {
  return hosts.parts.flatMap((part) => {
    const { session } = part
    const where = session === null ? [] : [relative(context.cwd, session) || session]
    const paths = where.map(
      (path) => `      ${context.paint.cyan(linked(path, session!, context))}`,
    )
    return [row(context, [{ text: '  ' }, ...partSummary(part, hosts, context)]), ...paths]
  })
}

/** Paths are never cut: they are there to be copied. */
function pathLines({ session, workbook, report }: SessionFiles, context: SummaryContext): string[] {
  const paths: [string, string | null][] = [
    ['Session', session],
    ['Workbook', workbook],
    ['Report', report],
  ]
  return paths.flatMap(([title, path]) => {
    if (path === null) return []
    const shown = linked(relative(context.cwd, path) || path, path, context)
    return [`  ${context.paint.dim(title.padEnd(8))}  ${context.paint.cyan(shown)}`]
  })
}

function linked(text: string, path: string, { links }: SummaryContext): string {
  if (!links) return clean(text)
  return `\u{1b}]8;;${pathToFileURL(path).href}\u{1b}\\${clean(text)}\u{1b}]8;;\u{1b}\\`
}

function row({ columns }: SummaryContext, left: Cell[], right: Cell[] = []): string {
  return line(columns - 1, left, right, columns)
}
