import { shardText } from '../../events/shard-text.ts'
import { mergedText } from '../../events/merged-text.ts'
import { hostLabels } from '../session/hosts.ts'
import { outcomeOf, outcomeText } from '../session/outcome.ts'
import type { SessionReport } from '../session/types.ts'
import { escapeHtml } from './escape.ts'

/** The head of the page, which stands in it as HTML: it is there before any script has run. */
export function headerHtml(report: SessionReport): string {
  const { passed, failed, missing, interrupted, skipped } = report.counts
  const tiles = [
    ['passed', 'passed', passed],
    ['failed', 'failed', failed],
    ['missing', 'missing', missing],
    ['interrupted', 'interrupted', interrupted],
    ['skipped', 'skipped', skipped],
  ] as const
  const shown = tiles.filter(([kind, , count]) => kind === 'passed' || count > 0)
  const title = report.plan?.name ?? report.name
  const isWhole = report.judgement.verdict === 'whole'
  const sentence = judgement(report)
  return `<header class="top">
<div class="title">
<h1>${escapeHtml(title)} ${badge(report)}</h1>
<p class="facts">${facts(report).map(escapeHtml).join('<span class="dot" aria-hidden="true">·</span>')}</p>
${isWhole ? sentence : ''}</div>
<ul class="tiles" aria-label="Results">${shown
    .map(
      ([kind, word, count]) =>
        `<li class="tile ${kind}${count === 0 ? ' none' : ''}"><a href="#view=results&amp;status=${kind.toUpperCase()}"><b>${count.toLocaleString('en')}</b> ${word}</a></li>`,
    )
    .join('')}</ul>
</header>
${isWhole ? '' : sentence}`
}

function badge(report: SessionReport): string {
  const word = outcomeText(outcomeOf(report)).toUpperCase()
  return `<span class="badge ${escapeHtml(word.toLowerCase().replaceAll(' ', '-'))}">${escapeHtml(word)}</span>`
}

function facts(report: SessionReport): string[] {
  const { name, startedAt, duration, host, kind, shard, merged } = report
  const hosts = hostLabels(report)
  const gpus = host?.gpus.map(({ model }) => model) ?? []
  return [
    name,
    ...(startedAt === null ? [] : [startedAt.slice(0, 16).replace('T', ' ')]),
    ...(duration === null ? [] : [durationText(duration)]),
    ...(shard !== null ? [shardText(shard)] : kind === 'partial' ? ['part of the plan'] : []),
    ...(merged === null ? [] : [mergedText(merged)]),
    ...(hosts.length > 1
      ? [`${hosts.length} hosts: ${hosts.join(', ')}`]
      : gpus.length > 0
        ? [[...new Set(gpus)].join(', ')]
        : host?.cpu
          ? [host.cpu]
          : []),
  ]
}

function judgement({ judgement: { verdict, sentence } }: SessionReport): string {
  const kind = verdict === 'whole' ? 'facts' : 'banner'
  return `<p class="${kind}" role="status">${escapeHtml(sentence)}</p>`
}

/** Seconds as a person says them: `850 ms`, `9.2 s`, `4 min 10 s`, `8 h 3 min`. */
function durationText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
}
