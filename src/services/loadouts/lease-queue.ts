import { JarvisError } from '../../errors.ts'
import type { LeasedService } from '../leases/lease-protocol.ts'
import type { Target } from './running-loadout.ts'

/** A loadout that is up for as long as it is held. */
export interface Held {
  services: LeasedService[]
  /** Seconds from start to ready and warm. */
  setupTime: number
  /** Gives it back; a second call does nothing. */
  release(): void
}

interface Waiter {
  target: Target
  grant(held: Held): void
  refuse(error: JarvisError): void
}

/** Who waits for a loadout, in the order of asking. */
export class LeaseQueue {
  #waiters: Waiter[] = []

  get first(): Target | undefined {
    return this.#waiters[0]?.target
  }

  /** Waits until it is granted or refused. `withdrawn` is called when `signal` takes it back. */
  add(target: Target, signal: AbortSignal | undefined, withdrawn: () => void): Promise<Held> {
    const { promise, resolve, reject } = Promise.withResolvers<Held>()
    const settle = (): void => {
      signal?.removeEventListener('abort', withdraw)
      this.#waiters = this.#waiters.filter((other) => other !== waiter)
    }
    const waiter: Waiter = {
      target,
      grant: (held) => {
        settle()
        resolve(held)
      },
      refuse: (error) => {
        settle()
        reject(error)
      },
    }
    const withdraw = (): void => {
      waiter.refuse(new JarvisError('CANCELLED', 'Its scenario file stopped waiting for services.'))
      withdrawn()
    }
    this.#waiters.push(waiter)
    if (signal?.aborted === true) withdraw()
    else signal?.addEventListener('abort', withdraw, { once: true })
    return promise
  }

  grantFirst(held: Held): void {
    this.#waiters[0]?.grant(held)
  }

  refuse(error: JarvisError, whom: (target: Target) => boolean = () => true): void {
    for (const waiter of this.#waiters.filter(({ target }) => whom(target))) waiter.refuse(error)
  }
}
