import { z } from 'zod'
import { DOMAIN_FORM } from './domain.ts'

/** A domain in a file. Apart from what domains are, so that who reads sessions need not load the validator. */
export const domain = z.string().regex(DOMAIN_FORM)
