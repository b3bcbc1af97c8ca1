import { createColors } from 'picocolors'
import { applyEntry } from './apply.ts'
import { applyHosts, tellOfPart } from './hosts/apply-hosts.ts'
import { glyphsFor } from './glyphs.ts'
import { type Key, keysOf, moveView } from './keys.ts'
import { newModel } from './model.ts'
import { statusLine } from './parts/status.ts'
import { type Frame, renderFrame } from './render.ts'
import { type FrameContext, newLogView } from './screen-state.ts'
import { Screen } from './screen.ts'
import { ServiceTail } from './service-tail.ts'
import { hasColours, hasLinks } from './should-use.ts'
import { summaryLines } from './summary.ts'
import type { Dashboard, DashboardOptions, SessionFiles } from './types.ts'

const INTERVAL_MS = 100

/** The live screen of a run. It holds the terminal from here on until `stop`. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const { stdout, stderr, stdin, env, estimate } = options
  const host = options.process ?? process
  const now = options.now ?? Date.now
  const paint = createColors(hasColours(env, stdout))
  const glyphs = glyphsFor(env, host.platform)
  const links = hasLinks(env, stdout)
  const model = newModel(now())
  const view = newLogView()
  const tail = new ServiceTail()
  const hasKeys = stdin?.isTTY === true && stdin.setRawMode !== undefined
  let directory: string | null = null
  let frame: Frame | null = null
  let drawnSecond = 0
  let isStale = true
  let isStopped = false
  let cancels = 0

  const { isForeground } = options
  const seams = { stdout, stderr, stdin, process: host, isForeground }
  const screen = new Screen({ ...seams, onInput, onResize: drawAnew })
  const timer = setInterval(draw, options.interval ?? INTERVAL_MS)
  timer.unref()
  draw()

  function context(time: number): FrameContext {
    return {
      columns: screen.columns,
      rows: screen.rows,
      paint,
      glyphs,
      links,
      // Of a run that is gone nothing goes on.
      now: model.isLost ? model.lastAt : time,
      remaining: model.run.end === null ? (estimate?.remaining(time) ?? null) : null,
      overrun: estimate?.overrun(time) ?? 0,
      hasKeys,
      quitWord: options.quitWord ?? 'cancel',
      view,
      serviceLog: tail.log,
      directory,
    }
  }

  function draw(): void {
    const time = now()
    tail.follow(model, view, { directory, now: time, onRead: () => (isStale = true) })
    const second = Math.floor(time / 1_000)
    if (isStale || frame === null || second !== drawnSecond) {
      frame = renderFrame(model, context(time))
      isStale = false
      drawnSecond = second
    } else {
      // Between two seconds nothing but the spinner moves.
      const last = statusLine(model, { ...context(time), columns: screen.columns - 1 })
      frame = { ...frame, lines: [...frame.lines.slice(0, -1), last] }
    }
    screen.draw(frame.lines)
  }

  function drawAnew(): void {
    isStale = true
    draw()
  }

  function onInput(text: string): void {
    for (const key of keysOf(text)) onKey(key)
    drawAnew()
  }

  function onKey(key: Key): void {
    if (key === 'cancel') {
      cancels += 1
      options.onCancel(cancels > 1)
    } else if (key === 'suspend') screen.suspend()
    else moveView(view, key, { model, serviceLog: tail.log, rows: frame?.logRows ?? 1 })
  }

  return {
    show(entries): void {
      for (const entry of entries) {
        applyEntry(model, entry, (each) => options.describe(each))
        estimate?.apply(entry)
      }
      isStale = true
    },
    showHosts(view, news): void {
      applyHosts(model, view, news, (each) => options.describe(each))
      isStale = true
    },
    tell(text): void {
      tellOfPart(model, text)
      isStale = true
    },
    locate(path): void {
      directory = path
    },
    lose(): void {
      model.isLost = true
      isStale = true
    },
    busy(sentence, word): void {
      const since = model.late?.since ?? now()
      model.late = { text: sentence, since, quitWord: word ?? null }
      isStale = true
    },
    print(text): void {
      screen.print(text.endsWith('\n') ? text : `${text}\n`)
    },
    stop(files: SessionFiles | null = null, before: () => void = () => {}): void {
      if (isStopped) return
      isStopped = true
      clearInterval(timer)
      const wide = { columns: screen.columns, paint, glyphs, links, cwd: process.cwd() }
      screen.close()
      before()
      if (files !== null) stdout.write(`${summaryLines(model, files, wide).join('\n')}\n`)
    },
  }
}
