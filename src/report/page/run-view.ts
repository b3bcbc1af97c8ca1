import { mergedText } from '../../events/merged-text.ts'
import { metricOf, run } from './data.ts'
import { type Child, foreign, h, section, table } from './dom.ts'
import { direction, gigabytes, localTime, number, seconds } from './format.ts'

/** What the run was: machine, code, plan, services, files, and what the numbers mean. */
export function runView(): HTMLElement {
  return h(
    'div',
    { class: 'stack' },
    h('div', { class: 'figures' }, facts(), host()),
    parts(),
    run.damage.length > 0 &&
      section(
        'What could not be read',
        h('ul', null, ...run.damage.map((one) => h('li', null, foreign(one)))),
      ),
    services(),
    files(),
    plan(),
    definitions(),
  )
}

function facts(): HTMLElement {
  const { git, runtime, total } = run
  const commit = git?.commit ?? null
  return section(
    'Run',
    pairs([
      ['Session', run.name],
      ['Folder', run.directory],
      ['Plan', run.plan === null ? null : `${run.plan.name} (${run.plan.file})`],
      ['Imported from', run.imported?.from ?? null],
      ['Parts', run.merged === null ? null : mergedText(run.merged)],
      ['Started', run.startedAt === null ? null : localTime(run.startedAt)],
      ['Ended', run.endedAt === null ? null : localTime(run.endedAt)],
      ['Duration', run.duration === null ? null : seconds(run.duration)],
      ['Results expected', total === null ? null : String(total)],
      [
        'Commit',
        commit === null ? null : `${commit.slice(0, 12)}${git?.dirty ? ', with changes' : ''}`,
      ],
      ['Branch', git?.branch ?? null],
      ...Object.entries(runtime).map(([key, value]): [string, string] => [key, value]),
      ['Report', `${run.made.by}, ${localTime(run.made.at)}`],
    ]),
  )
}

function host(): HTMLElement {
  const { host: machine, engines } = run
  const gpus = machine?.gpus ?? []
  return section(
    'Machine',
    pairs([
      ['System', machine?.os ?? null],
      ['CPU', machine?.cpu == null ? null : `${machine.cpu}, ${machine.cpuCount ?? '?'} threads`],
      ['RAM', machine?.ramGb == null ? null : gigabytes(machine.ramGb)],
      ...gpus.map(({ index, model, vramGb, driver }): [string, string] => [
        gpus.length > 1 || index > 0 ? `GPU ${index}` : 'GPU',
        [model, vramGb === null ? '' : gigabytes(vramGb), driver === null ? '' : `driver ${driver}`]
          .filter(Boolean)
          .join(', '),
      ]),
      ...(machine !== null && gpus.length === 0 ? ([['GPU', 'none']] as [string, string][]) : []),
      ...Object.entries(engines).map(([name, version]): [string, string] => [
        name,
        version ?? 'not found',
      ]),
    ]),
    machine === null && h('p', { class: 'muted' }, 'The session does not tell.'),
  )
}

/** The parts that a session was merged of. */
function parts(): HTMLElement | null {
  const { merged } = run
  if (merged === null) return null
  const lines = merged.parts.map((part): Child[] => [
    `${part.index} of ${merged.count}`,
    foreign(part.session),
    foreign(part.label),
    foreign((part.gpus ?? []).join(', ') || '–'),
    part.started_at === null ? '–' : localTime(part.started_at).slice(11),
    String(part.results),
    foreign(part.sentence),
  ])
  const missing = merged.missing.map((index): Child[] => {
    return [`${index} of ${merged.count}`, '–', '–', '–', '–', '0', 'It is missing.']
  })
  const heads = [
    'Part',
    'Session',
    'Host',
    'GPU',
    'Started',
    { text: 'Results', number: true },
    'What it is',
  ]
  return section('Parts', table(heads, [...lines, ...missing], 'Parts'))
}

function services(): HTMLElement | null {
  if (run.services.length === 0) return null
  const lines = run.services.map((service): Child[] => {
    const { startedAt, readyAfter, exitedAt, code, signal, expected, log, lastLines } = service
    const ended = [
      exitedAt === null ? 'no end on record' : localTime(exitedAt).slice(11),
      signal ?? (code === null ? '' : `code ${code}`),
      expected === false ? 'by itself' : '',
    ]
    return [
      foreign(service.service),
      foreign(service.model),
      localTime(startedAt).slice(11),
      readyAfter === null ? '–' : seconds(readyAfter),
      h(
        'div',
        null,
        ended.filter(Boolean).join(', '),
        expected === false &&
          lastLines.length > 0 &&
          h('pre', { class: 'lines', tabindex: '0' }, lastLines.join('\n')),
      ),
      h('a', { href: linkOf(log) }, foreign(log)),
    ]
  })
  const heads = [
    'Service',
    'Model',
    'Started',
    { text: 'Ready after', number: true },
    'Ended',
    'Log',
  ]
  return section('Services', table(heads, lines, 'Services'))
}

function files(): HTMLElement {
  return section(
    'Files of the session',
    h(
      'ul',
      { class: 'files' },
      ...run.files.map((name) => h('li', null, h('a', { href: linkOf(name) }, foreign(name)))),
    ),
  )
}

function plan(): HTMLElement | null {
  const content = run.plan?.content ?? null
  if (content === null) return null
  return section(
    `Plan, ${run.plan?.file ?? ''}`,
    h('pre', { class: 'lines plan', tabindex: '0', role: 'region', 'aria-label': 'Plan' }, content),
  )
}

function definitions(): HTMLElement {
  const lines = Object.keys(run.metrics).map((key): Child[] => {
    const { title, unit, definition, source } = metricOf(key)
    return [foreign(title), key, unit === '1' ? '' : unit, direction(key), definition, source ?? '']
  })
  return section(
    'What the numbers mean',
    table(['Metric', 'Key', 'Unit', 'Direction', 'Definition', 'As in'], lines, 'Definitions'),
    h('h3', null, 'Flags'),
    h(
      'ul',
      { class: 'flags' },
      ...Object.entries(run.flags).map(([flag, about]) =>
        h('li', null, h('span', { class: 'tag' }, flag), ` ${about}`),
      ),
    ),
    h(
      'p',
      { class: 'muted' },
      `Numbers are shown with three digits, such as ${number(0.1234)}; report.xlsx and the JSON files have all of them. ` +
        'Charts are drawn with Observable Plot and D3 (ISC); their licences stand in the source of this page.',
    ),
  )
}

function pairs(entries: readonly (readonly [string, string | null])[]): HTMLElement {
  return h(
    'dl',
    { class: 'pairs' },
    ...entries.flatMap(([name, value]) =>
      value === null ? [] : [h('div', null, h('dt', null, name), h('dd', null, foreign(value)))],
    ),
  )
}

function linkOf(path: string): string {
  const link = path.split('/').map(encodeURIComponent).join('/')
  return link.startsWith('.') ? link : `./${link}`
}
