import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSheet } from 'read-excel-file/node'
import { expect, test } from 'vitest'
import { temporaryFolder } from './fixtures/session/kit.ts'
import { writePart } from './fixtures/session/parts.ts'
import { chromiumPath, launch, openFile } from './support/browser.ts'
import { jarvis } from './support/commands.ts'
import { readPage } from './support/report-page.ts'

/** Parts of two hosts, merged with their reports. */
async function mergedOfHosts(): Promise<{ logs: string; directory: string; code: number | null }> {
  const logs = temporaryFolder()
  for (const [index, host] of ['one', 'two'].entries()) {
    writePart(logs, { index: index + 1, host, loadouts: [index, index + 2], after: index })
  }
  const { code, stdout, stderr } = await jarvis(logs, 'merge', logs, '--json')
  expect(code, stdout + stderr).toBe(0)
  const { session } = JSON.parse(stdout) as { session: string }
  return { logs, directory: session, code }
}

test('reports of a merged session name the host and GPU of each result, and commands its hosts', async () => {
  const { logs, directory } = await mergedOfHosts()
  const { rows, data } = readPage(join(directory, 'report.html'))
  const placed = rows.host?.map((host, at) => [
    data.loadouts[rows.loadout[at]!]!.loadout,
    rows.hostNames?.[host],
    rows.gpuNames?.[rows.gpu![at]!],
  ])
  expect(placed).toEqual([
    ['sim-a', 'one', 'GPU of one'],
    ['sim-a', 'one', 'GPU of one'],
    ['sim-b', 'two', 'GPU of two'],
    ['sim-b', 'two', 'GPU of two'],
    ['sim-c', 'one', 'GPU of one'],
    ['sim-d', 'two', 'GPU of two'],
  ])
  expect(readFileSync(join(directory, 'report.html'), 'utf8')).toContain('2 hosts: one, two')
  const [head, first] = await readSheet(join(directory, 'report.xlsx'), 'llm')
  expect(head?.slice(0, 4)).toEqual(['Scenario', 'Loadout', 'Host', 'GPU'])
  expect(first?.slice(0, 4)).toEqual(['chat > t1', 'sim://a', 'one', 'GPU of one'])
  const [list, show, csv] = await Promise.all([
    jarvis(logs, 'list', '--all'),
    jarvis(logs, 'show', directory),
    jarvis(logs, 'export', directory),
  ])
  expect(list.stdout).toMatch(/Fast \(2 parts\) +passed .* one, two$/m)
  expect(show.stdout).toMatch(/^plan +Fast \(plans\/default\.yaml\), 2 parts$/m)
  expect(show.stdout).toMatch(/^host +one: GPU of one, driver 590, part 1\nhost +two: GPU of two/m)
  expect(show.stdout).toMatch(/^llm +sim-d +two +stopped/m)
  expect(csv.stdout).toMatch(/,one,GPU of one,590,llm,sim-a,/)
})

test('a loadout that has moved to another host is told where sessions are compared, and a part is no night', async () => {
  const { logs, directory } = await mergedOfHosts()
  for (const [index, host] of ['two', 'one'].entries()) {
    const given = { index: index + 1, host, loadouts: [index, index + 2], run: 'next' }
    writePart(logs, { ...given, after: 86_400 + index })
  }
  const { stdout } = await jarvis(logs, 'merge', logs, '--json', '--no-reports')
  const { session } = JSON.parse(stdout) as { session: string }
  const said = await jarvis(logs, 'compare', directory, session)
  expect(said.stdout).toMatch(/host of llm sim:\/\/a\s+one → two/)
  const trend = await jarvis(logs, 'trend', 'ttft', '--json')
  const { sessions = [] } = JSON.parse(trend.stdout) as { sessions?: unknown[] }
  expect(sessions, trend.stdout.slice(0, 500)).toHaveLength(2)
  const check = await jarvis(logs, 'check', session, '--max-failures', '0')
  expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('held')])
})

test.skipIf(chromiumPath === null)(
  'the page shows results by their host, and has a lane for each host',
  { tags: ['long'] },
  async () => {
    const { directory } = await mergedOfHosts()
    const browser = await launch()
    try {
      const path = join(directory, 'report.html')
      const { page, complaints } = await openFile(browser, path, { fragment: '#view=results' })
      await page.getByLabel('All hosts').selectOption('two')
      await page.getByText('3 of 6').waitFor()
      expect(new URL(page.url()).hash).toContain('host=two')
      await page.goto(page.url().replace(/#.*/, '#view=timeline'))
      await page.getByRole('heading', { name: 'Hosts' }).waitFor()
      const lanes = page.getByLabel(/Setup, scenarios and cleanup of 2 hosts over time/)
      expect(await lanes.count()).toBe(1)
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
    }
  },
)
