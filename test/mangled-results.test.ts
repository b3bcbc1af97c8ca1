import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { jarvis } from './support/commands.ts'
import { mangledRows } from './support/mangled-rows.ts'

const LONG_MS = 240_000
const SESSION = 'RUN_20260216_231205'

test(
  'results of which any part is not what it should be are read by every command',
  { timeout: LONG_MS },
  async () => {
    const logs = mkdtempSync(join(tmpdir(), 'jarvis-mangled-'))
    onTestFinished(() => rmSync(logs, { recursive: true, force: true }))
    // A version that is not known yet is refused as a whole.
    const rows = mangledRows().filter(({ schema_version }) => !(Number(schema_version) > 1))
    mkdirSync(join(logs, SESSION))
    writeFileSync(join(logs, SESSION, 'llm.json'), JSON.stringify(rows))
    const commands =
      'list, show, show --failed, show --json, export, export --format jsonl, check --max-failures 0 --max-ttft 1, ' +
      `compare ${SESSION} ${SESSION} --html, trend ttft, report`
    for (const command of commands.split(', ')) {
      // oxlint-disable-next-line no-await-in-loop -- as a person would
      const { code, stdout, stderr } = await jarvis(logs, ...command.split(' '))
      expect([0, 1, 2], `${command}: ${stderr}`).toContain(code)
      expect(stderr, command).not.toMatch(/^\s+at .*:\d+:\d+/m)
      expect(stdout + stderr, command).not.toMatch(
        /TypeError|RangeError|undefined|\[object Object\]/,
      )
    }
    for (const name of ['report.xlsx', 'report.html']) {
      expect(statSync(join(logs, SESSION, name)).size, name).toBeGreaterThan(10_000)
    }
  },
)
