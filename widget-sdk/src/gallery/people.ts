import type { Participant } from '../client/index.ts'

/** The visitor whose browser this is. */
export const VISITOR_ID = 'visitor-gallery'
/** Their session. */
export const TOKEN = 'token-gallery'

const VISITOR: Participant = { kind: 'visitor', id: VISITOR_ID }
const MAYA: Participant = { kind: 'agent', id: 'agent-maya', name: 'Maya Lindqvist' }
const TOMAS: Participant = { kind: 'agent', id: 'agent-tomas', name: 'Tomás Ferreira' }

export const PEOPLE = { visitor: VISITOR, maya: MAYA, tomas: TOMAS }
export type Who = keyof typeof PEOPLE

/** Those who are there to answer, as the visitor is told of them. */
export const TEAM = [MAYA, TOMAS].map(({ id, name = '' }) => ({ id, name }))
