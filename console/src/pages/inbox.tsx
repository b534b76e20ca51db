import type { Me } from '@chatdesk/widget/client'
import type { Listing } from '../listing.ts'
import { Blank } from '../parts/blank.tsx'
import type { Opened } from '../routes.ts'
import { ContactPage } from './contact.tsx'
import { ConversationPage } from './conversation.tsx'
import { List } from './inbox/list.tsx'

const PICK = (
  <>
    Or press <kbd>J</kbd> and <kbd>K</kbd> to go through the list, <kbd>Enter</kbd> to open one, and{' '}
    <kbd>/</kbd> to search.
  </>
)

type Props = Opened & { me: Me; listing: Listing }

/** The list of conversations, and what is open beside it: one of them, or a visitor's profile. */
export function InboxPage({ me, listing, conversation, seq, visitor }: Props) {
  return (
    <div class={(conversation ?? visitor) ? 'inbox talking' : 'inbox'}>
      <List me={me} listing={listing} conversation={conversation} seq={seq} visitor={visitor} />
      {conversation ? (
        <ConversationPage key={conversation} conversation={conversation} seq={seq} me={me} />
      ) : visitor ? (
        <ContactPage key={visitor} visitor={visitor} me={me} />
      ) : (
        <div class="inbox-nothing">
          <Blank icon="quiet" title="Pick a conversation" text={PICK} />
        </div>
      )}
    </div>
  )
}
