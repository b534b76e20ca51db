/**
 * English: what the widget says, and the list of all keys. `section.name`; a text that depends on a number has a key for
 * each plural form that Intl.PluralRules names, `section.name.one`, `.other`, …, chosen by `{count}`.
 */
export const en = {
  'bubble.open': 'Open chat',
  'bubble.unread.one': 'Open chat, {count} unread message',
  'bubble.unread.other': 'Open chat, {count} unread messages',
  'bubble.close': 'Close chat',
  'bubble.news': 'New chat message',
  'bubble.news-from': 'New chat message from {name}',

  'teaser.dismiss': 'Dismiss message',

  'window.name': 'Chat',
  'header.title': 'Chat with us',
  'header.others.one': '{count} other',
  'header.others.other': '{count} others',
  'header.online': 'Online now',
  'header.away': 'Away',
  'header.close': 'Close chat',
  'header.greeting': 'Hi there! How can we help?',
  'header.offline': 'We are away right now. Leave a message and we will get back to you.',

  'form.department': 'What is this about?',
  'form.choose': 'Please choose…',
  'form.start': 'Start chat',
  'form.starting': 'Starting…',
  'form.tick': 'Please tick this box.',
  'form.select': 'Please choose one.',
  'form.required': 'Please fill this in.',
  'form.long': 'This is too long.',
  'form.email': 'Please enter an address like name@example.com.',
  'form.phone': 'Please enter a number like +44 20 7946 0000.',
  'form.option': 'Please choose one of these.',
  'form.gone': 'This department is not there any more. Please choose again.',
  'form.objection': 'This was not accepted. Please check it.',
  'form.attempts': 'Too many attempts. Please wait a moment and try again.',
  'form.failed': 'The chat could not be started. Please try again.',

  'banner.refused': 'Chat is not available here at the moment.',
  'banner.slow': 'This takes longer than usual. Still trying…',
  'banner.offline': 'You are offline. What you write is sent when you are back.',
  'banner.connecting': 'Connecting…',
  'banner.lost': 'Connection lost. Reconnecting…',
  'banner.retry': 'Try now',

  'talk.name': 'Conversation',
  'talk.resolved': 'This conversation has been resolved.',
  'talk.new': 'Start a new conversation',

  'event.rated': 'You rated this conversation {score} of 5',
  'event.assigned': 'You are talking to {name} now',
  'event.ended': 'You ended this conversation',
  'event.resolved': '{name} resolved this conversation',
  'event.reopened': '{name} reopened this conversation',
  'event.was-resolved': 'This conversation was resolved',
  'event.was-reopened': 'This conversation was reopened',

  'list.name': 'Messages',
  'list.new': 'New messages',
  'list.latest': 'Latest',

  'message.note': 'Note',
  'message.failed': 'Not sent: {reason}.',
  'message.fast': 'too many messages at once',
  'message.rejected': 'this message was not accepted',
  'message.closed': 'this conversation takes no more messages',
  'message.wrong': 'something went wrong',
  'message.retry': 'Try again',
  'message.delete': 'Delete',

  'tick.sending': 'Sending',
  'tick.sent': 'Sent',
  'tick.read': 'Read',
  'tick.failed': 'Not sent',

  'typing.agent': 'An agent',
  'typing.visitor': 'Visitor',
  'typing.single': '{names} is typing',
  'typing.several': '{names} are typing',

  'composer.name': 'Message',
  'composer.placeholder': 'Write a message…',
  'composer.send': 'Send',
  'composer.long': 'This message is {size} over the limit of {limit}. Shorten it or send it in parts.',
}
