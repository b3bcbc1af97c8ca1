import { countsShape, hostShape, mergedShape, shardShape } from '../journal/event-shapes.ts'
import { integer, list, members, nullable, number, oneOf, type Shape, text } from '../shape.ts'
import type { LoadoutState, ServiceState, SessionState } from './state.ts'

const time = nullable(text)
const figure = nullable(number)
const place: Shape<{ seq: number; bytes: number }> = members({ seq: integer, bytes: integer })

const loadout = members<LoadoutState>({
  domain: text as Shape<LoadoutState['domain']>,
  loadout: text,
  models: list(text),
  status: oneOf('waiting', 'starting', 'ready', 'failed', 'stopped'),
  done: integer,
  started_at: time,
  ready_at: time,
  stopped_at: time,
  setup_time: figure,
  run_time: figure,
  cleanup_time: figure,
  vram_prior: figure,
  vram_loaded: figure,
  vram_after: figure,
  restarts: integer,
})

const service = members<ServiceState>({
  name: text,
  engine: text,
  model: text,
  domain: text as Shape<ServiceState['domain']>,
  loadout: text,
  pid: integer,
  process_start: nullable(text),
  port: nullable(integer),
  state: oneOf('starting', 'ready', 'exited'),
  log: text,
})

/** What `state.json` holds. */
export const stateShape: Shape<SessionState> = members<SessionState>(
  {
    schema_version: integer,
    session: text,
    status: oneOf('running', 'ended', 'died'),
    kind: oneOf('plan', 'partial'),
    plan: members({ name: text, file: text }),
    pid: integer,
    process_start: nullable(text),
    started_at: text,
    updated_at: text,
    action: text,
    result: nullable(oneOf('PASSED', 'FAILED', 'INTERRUPTED', 'DIED')),
    totals: members({ total: nullable(integer), done: integer, counts: countsShape }),
    loadouts: list(loadout),
    services: list(service),
    journal: place,
    progression: place,
  },
  {
    host: nullable(hostShape),
    shard: shardShape,
    merged: mergedShape,
    telemetry: members({ bytes: integer }),
  },
)
