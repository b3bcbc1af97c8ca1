/**
 * Makes the pictures of the README from a run of the embedded engine: the live screen as SVG, the page as PNG. Where there is no
 * Chromium, the page is left as it is.
 *
 *     npm run build && node scripts/pictures.ts
 */
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createColors } from 'picocolors'
import { applyEntry } from '../src/dashboard/apply.ts'
import { glyphsFor } from '../src/dashboard/glyphs.ts'
import { newModel } from '../src/dashboard/model.ts'
import { renderFrame } from '../src/dashboard/render.ts'
import { newLogView } from '../src/dashboard/screen-state.ts'
import type { JournalEntry } from '../src/events/index.ts'
import { progressionLines } from '../src/session/projections/progression.ts'
import { chromiumPath, launch, openFile } from '../test/support/browser.ts'
import { screenAsSvg } from './support/screen-as-svg.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'docs', 'pictures')
const [COLUMNS, ROWS] = [100, 28]
/** How much of the run the screen has seen. */
const SEEN = 0.45
const MOST_BYTES = 150 * 1_024

const logs = mkdtempSync(join(tmpdir(), 'jarvis-pictures-'))
try {
  mkdirSync(folder, { recursive: true })
  const session = run()
  write('dashboard.svg', screenAsSvg(screenOf(session), COLUMNS))
  if (chromiumPath === null) console.log('There is no Chromium here: page.png is as it was.')
  else write('page.png', await pageOf(session))
} finally {
  rmSync(logs, { recursive: true, force: true })
}

/** The plan of this repository on the embedded engine. */
function run(): string {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const env = { ...process.env, JARVIS_LOGS: logs, JARVIS_DASHBOARD: 'plain', JARVIS_REPORTS: 'on' }
  execFileSync(process.execPath, [vitest, 'run', '--config', 'jarvis'], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  const [name] = readdirSync(logs).filter((each) => each.startsWith('RUN_'))
  return join(logs, name!)
}

/** The screen of the run while it went on. */
function screenOf(session: string): string[] {
  const lines = readFileSync(join(session, 'events.jsonl'), 'utf8').trimEnd().split('\n')
  const entries = lines.map((line) => JSON.parse(line) as JournalEntry)
  const half = entries.slice(0, Math.round(entries.length * SEEN))
  // A scenario runs, and its service is up.
  const seen = half.slice(0, half.findLastIndex(({ type }) => type === 'scenario_started') + 1)
  const now = Date.parse(seen.at(-1)!.time) + 300
  const model = newModel(now)
  for (const entry of seen) applyEntry(model, entry, progressionLines)
  const left = (Date.parse(entries.at(-1)!.time) - now) / 1_000
  return renderFrame(model, {
    columns: COLUMNS,
    rows: ROWS,
    now,
    paint: createColors(true),
    glyphs: glyphsFor({}, 'linux'),
    links: false,
    remaining: left,
    overrun: 0,
    hasKeys: true,
    quitWord: 'cancel',
    view: newLogView(),
    serviceLog: null,
    directory: session,
  }).lines
}

async function pageOf(session: string): Promise<Buffer> {
  const browser = await launch()
  try {
    const options = { viewport: { width: 1_280, height: 640 }, colorScheme: 'light' as const }
    const { page } = await openFile(browser, join(session, 'report.html'), {
      fragment: '#view=results',
      ...options,
    })
    await page.waitForLoadState('networkidle')
    return await page.screenshot()
  } finally {
    await browser.close()
  }
}

function write(name: string, content: string | Buffer): void {
  const path = join(folder, name)
  writeFileSync(path, content)
  const { size } = statSync(path)
  if (size > MOST_BYTES) throw new Error(`${name} has ${size} bytes, more than ${MOST_BYTES}.`)
  console.log(`docs/pictures/${name}: ${Math.round(size / 1_024)} kB`)
}
