import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { fixture } from '../../../test/support/services.ts'
import { hostProcesses, parsePs, parseWindows, processTable } from './process-table.ts'

test.skipIf(process.platform === 'win32')(
  'a process is told with its place, its tag and what it runs',
  async () => {
    const tag = `JARVIS_SERVICE=table-${process.pid}`
    const [name, value] = tag.split('=') as [string, string]
    const child = spawn('node', [fixture('waits.mjs'), 'two words'], {
      argv0: 'thinker',
      detached: true,
      env: { PATH: process.env['PATH'], [name]: value },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout!, 'data')
    const pid = child.pid!
    const tagged = processTable([tag]).filter((entry) => entry.tagged)
    expect(tagged).toEqual([{ pid, parent: process.pid, group: pid, session: pid, tagged: true }])
    expect(processTable([]).find((entry) => entry.pid === pid)).toMatchObject({ tagged: false })
    const told = (await hostProcesses()).find((one) => one.pid === pid)
    expect(told).toMatchObject({ parent: process.pid, program: expect.stringMatching(/node$/) })
    if (process.platform !== 'linux') return
    expect(told).toMatchObject({ called: 'thinker', args: [fixture('waits.mjs'), 'two words'] })
  },
)

test('ps of macOS tells programs with blanks from their arguments', () => {
  const programs = [
    '    1     0 /sbin/launchd',
    '  501     1 /Applications/Ollama.app/Contents/MacOS/Ollama',
    '  502   501 /Applications/Ollama.app/Contents/Resources/ollama',
    '  503     1 /Users/ada/My Tools/ollama',
  ].join('\n')
  const commands = [
    '    1 /sbin/launchd',
    '  501 /Applications/Ollama.app/Contents/MacOS/Ollama hidden',
    '  502 /Applications/Ollama.app/Contents/Resources/ollama serve',
    '  503 ollama serve',
  ].join('\n')
  expect(parsePs(programs, commands).slice(1)).toEqual([
    {
      pid: 501,
      parent: 1,
      program: '/Applications/Ollama.app/Contents/MacOS/Ollama',
      args: ['hidden'],
    },
    {
      pid: 502,
      parent: 501,
      program: '/Applications/Ollama.app/Contents/Resources/ollama',
      args: ['serve'],
    },
    { pid: 503, parent: 1, program: '/Users/ada/My Tools/ollama', args: ['serve'] },
  ])
})

test('Win32_Process tells path and arguments, also of a single process', () => {
  const path = 'C:\\Program Files\\Ollama\\ollama.exe'
  const row = {
    ProcessId: 7,
    ParentProcessId: 4,
    Name: 'ollama.exe',
    ExecutablePath: path,
    CommandLine: `"${path}" serve`,
  }
  const system = {
    ProcessId: 4,
    ParentProcessId: 0,
    Name: 'System',
    ExecutablePath: null,
    CommandLine: null,
  }
  const expected = { pid: 7, parent: 4, program: path, args: ['serve'] }
  expect(parseWindows(JSON.stringify(row))).toEqual([expected])
  expect(parseWindows(JSON.stringify([system, row]))).toEqual([
    { pid: 4, parent: 0, program: 'System', args: [] },
    expected,
  ])
  expect(parseWindows('')).toEqual([])
})
