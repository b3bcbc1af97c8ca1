import { messageOf } from '../../errors.ts'
import { loadedAt, versionAt } from '../../services/ollama/client.ts'
import { type OllamaHost, systemHost } from '../../services/ollama/host.ts'
import { modelsOfOthers } from '../../services/ollama/models-folder.ts'
import { assertPortsFree, ollamaPorts } from '../../services/ollama/own-ports.ts'
import { inWords } from '../../services/ollama/recognise.ts'
import { starterOf } from '../../services/ollama/restarted.ts'
import { othersOn, type Survey, surveyOllama } from '../../services/ollama/survey.ts'
import type { HostProcess } from '../../services/processes/process-table.ts'
import type { Finding } from './finding.ts'

const ANSWER_TIMEOUT_MS = 1_000

/**
 * What of Ollama is on this machine. Every one that runs, on whichever port, is ended by a run of a plan that names
 * `ollama://`: nobody should be surprised by that. A stranger on its ports is not, and a run could not start its own.
 */
export async function checkOllamaInTheWay(
  env: NodeJS.ProcessEnv,
  host: OllamaHost = systemHost(env),
): Promise<Finding[]> {
  const [survey, processes] = await Promise.all([surveyOllama(host), othersOn(host)])
  const servers = survey.servers.map((server) => serverFinding(host, server, processes))
  const strangers = (host.ports ?? ollamaPorts(env)).map((port) => strangerOn(port, host, survey))
  const found = await Promise.all([...servers, ...strangers])
  return [...found.filter((finding) => finding !== null), ...otherFindings(survey)]
}

/** Where the Ollama that a run would end has its models, which those of the run then are; null without one. */
export async function modelsInTheWay(env: NodeJS.ProcessEnv): Promise<string | null> {
  const host = systemHost(env)
  const { servers, units } = await surveyOllama(host)
  return (await modelsOfOthers(host, servers, units))?.path ?? null
}

async function serverFinding(
  host: OllamaHost,
  server: HostProcess,
  processes: readonly HostProcess[],
): Promise<Finding> {
  const environment = await host.environment(server.pid)
  const port = ollamaPorts({ OLLAMA_HOST: environment['OLLAMA_HOST'] || '' }).at(-1)!
  const url = `http://127.0.0.1:${port}`
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  const [version, loaded] = await Promise.all([
    versionAt(url, signal).catch(() => null),
    loadedAt(url, signal).catch(() => []),
  ])
  const on = version === null ? '' : ` ${version} runs on port ${port},`
  const models =
    loaded.length === 0 ? '' : ` with ${loaded.map(({ name }) => name).join(' and ')} in memory,`
  const what = on === '' ? ' runs,' : `${on}${models}`
  const starter = starterOf(host, server, processes)
  const warning =
    starter === null
      ? ''
      : ` It was started by ${starter.who}: should that start it again, the run cannot go on.`
  return aboutProcess(
    `Ollama${what} as ${inWords(server)}: the run ends it before it starts its own.${warning}`,
    starter?.command ?? null,
  )
}

/** What starts servers, and what they have left. */
function otherFindings({ units, starters, runners, servers }: Survey): Finding[] {
  const known = new Set(servers.map(({ pid }) => pid))
  return [
    ...units
      .filter(({ active }) => active)
      .map(({ scope, name }) =>
        aboutProcess(`The ${scope} service ${name} runs Ollama: the run stops it.`),
      ),
    ...starters.apps.map((app) =>
      aboutProcess(`The app of Ollama runs as ${inWords(app)}: the run ends it.`),
    ),
    ...runners
      .filter(({ parent }) => !known.has(parent))
      .map((runner) =>
        aboutProcess(
          `A server of Ollama that is gone has left ${inWords(runner)}: the run ends it.`,
        ),
      ),
  ]
}

/** Who holds a port of Ollama's and is none that a run would end; an Ollama in a container is such a one. */
async function strangerOn(
  port: number,
  host: OllamaHost,
  { servers }: Survey,
): Promise<Finding | null> {
  const holder = await host.holder(port)
  if (holder === null) return null
  // Of another user's process the system does not tell what it holds.
  const isOllama = servers.some(({ pid }) => holder.pid === null || holder.pid === pid)
  if (isOllama) return null
  try {
    await assertPortsFree(host, [port])
    return null
  } catch (error) {
    const [message = '', fix = null] = messageOf(error).split(' Run: ')
    return { status: 'missing', subject: 'port', name: String(port), message, fix }
  }
}

function aboutProcess(message: string, fix: string | null = null): Finding {
  return { status: 'warn', subject: 'process', name: 'ollama', message, fix }
}
