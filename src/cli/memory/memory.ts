import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { JarvisError, messageOf } from '../../errors.ts'
import { visibleJson } from '../../host/plain-text.ts'
import { grownModels } from '../../memory/sheets/growth.ts'
import { importLoads } from '../../memory/sheets/imported-file.ts'
import { updateSheets } from '../../report/memory/update-sheets.ts'
import { type Command, readArguments, say, type Terminal } from '../command.ts'
import { completeDead, logsFolder } from '../find-session.ts'
import { patiently } from '../history/patience.ts'
import { counted } from '../sessions/words.ts'
import { fileLines } from './file-lines.ts'
import { readMemoryFiles } from './read-files.ts'
import { sheetLines } from './sheet-lines.ts'

/** `jarvis memory`: what models take in memory, learned from runs and from logs. */
export const memoryCommand: Command = {
  summary: 'say what models take in memory, as runs have shown it',
  help: [
    'Usage: jarvis memory [--json] [--rebuild]',
    '       jarvis memory PATH… [--ctx N] [--json] [--import]',
    '',
    'Prints what each model took in the runs of this project: a sheet for each engine and version, model, quantisation,',
    'type of the cache, Flash Attention, slots and device, with its base, the cost of a token, how far the loads lie',
    'apart, and what was foreseen beside what was measured. Models that take more since the last version of their',
    'engine or of the driver are named. The sheets lie in logs/memory.json (JARVIS_LOGS) and are made of the sessions:',
    'whoever removes that file loses nothing.',
    '',
    'With paths: what logs of llama.cpp, Ollama and vLLM tell that jarvis did not write, what the headers of a .gguf',
    'predict, and the sheets of the Python runner (model_calibrations/*.yaml); of a folder all that it holds.',
    '',
    '  --ctx N     the context to predict a .gguf for; else what the model was made for',
    '  --import    keep what the paths tell in logs/memory-imported.json, beside what runs show',
    '  --rebuild   read all sessions again',
    '  --json      everything, for machines (docs/memory.md)',
    '',
    '  jarvis memory',
    '  jarvis memory ~/.ollama/logs/server.log',
    '  jarvis memory models/gemma-3-27b-it-Q4_K_M.gguf --ctx 32768',
    '  jarvis memory ../old/model_calibrations --import',
    '',
    'The exit code is 0, and 2 where a path cannot be read or holds nothing of memory.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('memory', args, {
      ctx: { type: 'string' },
      import: { type: 'boolean' },
      json: { type: 'boolean' },
      rebuild: { type: 'boolean' },
    })
    const json = values.json === true
    if (positionals.length === 0) {
      if (values.ctx !== undefined || values.import === true) {
        const which = values.ctx === undefined ? '--import' : '--ctx'
        throw new JarvisError('USAGE', `${which} needs a path. See: jarvis memory --help`)
      }
      return showSheets(terminal, { json, rebuild: values.rebuild === true })
    }
    if (values.rebuild === true) {
      throw new JarvisError('USAGE', '--rebuild takes no path. See: jarvis memory --help')
    }
    const context = contextOf(values.ctx)
    return showFiles(positionals, terminal, { json, context, keeps: values.import === true })
  },
}

async function showSheets(
  terminal: Terminal,
  { json, rebuild }: { json: boolean; rebuild: boolean },
): Promise<number> {
  const logs = logsFolder(terminal)
  await completeDead(logs)
  let reading = 'the sessions'
  const { sheets, unreadable, notWritten } = await patiently(
    () => `Reading ${reading} …`,
    () => updateSheets(logs, { rebuild, onSession: (name) => void (reading = name) }),
  )
  const grown = grownModels(sheets.flatMap(({ loads }) => loads))
  if (json) terminal.write(`${visibleJson({ schema_version: 1, sheets, grown }, 2)}\n`)
  else terminal.write(`${sheetLines(sheets, grown, terminal).join('\n')}\n`)
  for (const sentence of unreadable) say(`Left out: ${sentence}`)
  if (notWritten !== null)
    say(`The sheets could not be kept (${notWritten}): they are made anew each time.`)
  return 0
}

async function showFiles(
  named: readonly string[],
  terminal: Terminal,
  { json, context, keeps }: { json: boolean; context: number | null; keeps: boolean },
): Promise<number> {
  const paths = named.map((one) => ({ named: one, path: resolve(terminal.cwd, one) }))
  for (const { named: one, path } of paths) {
    // oxlint-disable-next-line no-await-in-loop -- the first that is not there ends it
    await stat(path).catch((error: unknown) => {
      throw new JarvisError('USAGE', `${one} cannot be read: ${messageOf(error)}.`)
    })
  }
  let reading = named[0]!
  const found = await patiently(
    () => `Reading ${reading} …`,
    () =>
      readMemoryFiles(paths, {
        context,
        env: terminal.env,
        onFile: (name) => void (reading = name),
      }),
  )
  if (found.length === 0) {
    const what = `${named.join(', ')} ${named.length === 1 ? 'tells' : 'tell'} nothing of memory`
    throw new JarvisError(
      'USAGE',
      `${what}: name a log of llama.cpp (with -lv 4), Ollama or vLLM, a .gguf, a sheet of the Python runner, or a ` +
        'folder of them.',
    )
  }
  if (json) terminal.write(`${visibleJson({ schema_version: 1, files: found }, 2)}\n`)
  else terminal.write(`${fileLines(found, terminal).join('\n')}\n`)
  if (keeps) {
    const loads = found.flatMap((file) => ('loads' in file ? file.loads : []))
    const kept = await importLoads(logsFolder(terminal), loads)
    say(`${counted(kept.added, 'load')} taken over into ${kept.path}.`)
  }
  return 0
}

function contextOf(text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new JarvisError('USAGE', `Expected --ctx to be a number of tokens, got \`${text}\`.`)
}
