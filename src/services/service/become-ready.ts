import type { Endpoint, ServiceRecipe } from '../engine.ts'
import { pollUntilReady, within } from '../readiness/readiness.ts'
import { type Answering, strangerError } from './listener.ts'
import type { Role, ServiceContext } from './service-context.ts'
import type { ServicePlace } from './service-place.ts'

/** Runs that were told already that a listener cannot be seen. */
const told = new WeakSet<ServiceContext>()

export interface Starting {
  recipe: ServiceRecipe
  role: Role
  context: ServiceContext
}

/**
 * Waits until a service that was just started is ready, loaded and warm. Its endpoint then has the host that it answers at.
 *
 * @throws JarvisError PORT_IN_USE when a stranger answers in its place; MISSING or SERVICE_FAILED by its engine
 */
export async function becomeReady(
  place: ServicePlace,
  { recipe, role, context }: Starting,
  over: AbortSignal,
): Promise<void> {
  const { endpoint } = place
  // A program that runs for each request is there to be asked at any time.
  if (recipe.invocation === undefined) {
    await within(over, () => pollUntilReady((probe) => recipe.isReady(endpoint, probe), over))
  }
  const at = await within(over, () => addressOf(place, recipe, over))
  const answered = await checkListener(place, at ?? null, { recipe, role, context })
  await within(over, () => recipe.load?.(endpoint, over))
  if (recipe.warmUp !== undefined) {
    const { domain, loadout, model, chats } = role
    context.record({ type: 'model_warming', domain, loadout, model: model.text })
    await within(over, () => recipe.warmUp?.(endpoint, over, chats))
  }
  // A line of the log may come before the port is open.
  if (answered === 'nobody') await checkListener(place, at ?? null, { recipe, role, context })
}

/** Where it became ready, which is where scenarios ask it; null where it has no address of its own. */
async function addressOf(
  { endpoint, process }: ServicePlace,
  recipe: ServiceRecipe,
  over: AbortSignal,
): Promise<URL | null> {
  if (process === null) return null
  if (recipe.readyAt === undefined) return endpoint.url === null ? null : new URL(endpoint.url)
  const at = await recipe.readyAt(endpoint, over)
  if (at !== null) endpoint.url = baseUrl(endpoint, at)
  return at
}

/** Who answers must be the service: a stranger may have been quicker to take its port. */
async function checkListener(
  place: ServicePlace,
  at: URL | null,
  { role, context }: Starting,
): Promise<Answering> {
  if (at === null) return 'own'
  const port = Number(at.port || (at.protocol === 'https:' ? 443 : 80))
  const answering = await place.answering({ host: at.hostname.replace(/^\[(.*)\]$/, '$1'), port })
  if (typeof answering === 'object') throw strangerError(role.model.text, port, answering)
  if (answering !== 'unseen' || told.has(context)) return answering
  told.add(context)
  const message =
    `Which process answers on port ${port} cannot be seen from here: that it is ${role.model.text} is taken for ` +
    'granted. This is said once.'
  context.record({ type: 'note', level: 'INFO', message })
  return answering
}

/** Scenarios ask where the service was asked: on another port than its own that says only the host. */
function baseUrl({ url, port }: Endpoint, at: URL): string | null {
  if (url === null) return null
  return at.port === String(port) ? at.origin : `http://${at.hostname}:${port}`
}
