import type { Limits, Summary, VisitorWelcome, Welcome } from './wire.ts'

/** A gateway's limits by default, but for uploads of at most 1 MiB and few conversations in a hello. */
export const LIMITS: Limits = {
  frame_bytes: 65_536,
  text_bytes: 16_384,
  ping_ms: 25_000,
  silence_ms: 60_000,
  unstored_sends: 256,
  unstored_bytes: 262_144,
  frame_rate: 50,
  frame_burst: 200,
  byte_rate: 65_536,
  byte_burst: 262_144,
  start_rate: 6,
  start_burst: 3,
  visit_rate: 5,
  visit_burst: 20,
  update_rate: 2,
  update_burst: 60,
  search_rate: 5,
  search_burst: 50,
  address: { frame_rate: 500, frame_burst: 2_000, byte_rate: 655_360, byte_burst: 2_621_440 },
  organization: { frame_rate: 5_000, frame_burst: 20_000, byte_rate: 6_553_600, byte_burst: 26_214_400 },
  refusal_rate: 1,
  refusal_burst: 50,
  hello_ms: 5_000,
  queue_bytes: 1_048_576,
  resume_cursors: 100,
  followed: 1_000,
  upload_bytes: 1_048_576,
  upload_chunk_bytes: 16_384,
  uploads_at_once: 4,
  upload_expiry_ms: 3_600_000,
  upload_byte_rate: 1_048_576,
  upload_byte_burst: 10_485_760,
  upload_unsent_ms: 86_400_000,
  upload_types: ['text/plain', 'image/png'],
}

/** What a visitor is told, but for who they are. */
export const VISITOR: Omit<VisitorWelcome, 'visitor'> = {
  expires_at: 0,
  settings: {
    primary_color: '#3B82F6',
    position: 'bottom-right',
    bubble_icon: 'chat',
    greeting_message: '',
    offline_message: '',
    auto_open: false,
    auto_open_delay: 5,
    show_agent_avatars: true,
    show_typing_indicator: true,
    draft_preview: false,
    theme: 'auto',
    strings: {},
    sounds: true,
    ask_rating: true,
    ask_email_away: true,
    rules: [],
  },
  form: { enabled: false, fields: [] },
  departments: [],
  availability: { online: true, agents: [] },
  transcripts: false,
}

/** Who said hello. */
export interface Greeted {
  role: 'visitor' | 'agent'
  id: string
  /** A visitor's new token. */
  token: string | undefined
  /** A visitor's open conversation. */
  open: Summary | undefined
}

/** What a gateway answers to a hello. */
export function welcomeOf(
  { role, id, token, open }: Greeted,
  now: number,
  limits: Limits,
  told: typeof VISITOR,
): Welcome {
  const common = { now, features: [], limits }
  if (role === 'visitor') {
    const visitor = { ...told, visitor: id, ...(token && { token }), ...(open && { conversation: open }) }
    return { ...common, visitor }
  }
  const member = { id, name: 'Grace', email: 'grace@demo.test', role: 'agent' as const }
  const colleagues = [{ id, name: 'Grace', availability: 'online' as const, present: true }]
  return {
    ...common,
    agent: {
      member,
      organization: { id: 'organization-1', name: 'Demo' },
      departments: [],
      availability: 'online',
      colleagues,
    },
  }
}
