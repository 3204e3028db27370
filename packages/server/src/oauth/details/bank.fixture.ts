// Types of details as a bank would declare them, for tests.
import { type DetailsDescription, detailsTypeOf } from './declare.ts'
import type { FindDetailsType } from './types.ts'

/** A payment is asked about each time. */
export const payment: DetailsDescription = {
  type: 'payment',
  words: 'Pay {amount.value} {amount.currency} to {creditor}',
  fields: {
    amount: {
      kind: 'object',
      fields: {
        value: { kind: 'amount', narrows: true },
        currency: { kind: 'text', pattern: '[A-Z]{3}' },
      },
    },
    creditor: { kind: 'text', longest: 70 },
    iban: { kind: 'text', label: 'Account', pattern: '[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}' },
    reference: { kind: 'text', label: 'Reference', optional: true },
  },
}

/** Reading accounts: a person picks which, and is not asked again. */
export const accountAccess: DetailsDescription = {
  type: 'account_access',
  words: 'See the {actions} of these accounts',
  remembered: true,
  withoutPerson: true,
  fields: {
    actions: { kind: 'list', of: { kind: 'text', oneOf: ['balances', 'transactions'] }, narrows: true },
    accounts: {
      kind: 'list',
      label: 'Accounts',
      of: { kind: 'text', pattern: '[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}' },
      narrows: true,
      choose: true,
    },
    days: {
      kind: 'number',
      label: 'For how many days',
      whole: true,
      least: 1,
      most: 180,
      optional: true,
      narrows: true,
      absent: 'widest',
    },
  },
}

const types = [payment, accountAccess].map(detailsTypeOf)

export const findType: FindDetailsType = (name) => types.find(({ type }) => type === name)

export const aPayment = {
  type: 'payment',
  amount: { value: '123.50', currency: 'EUR' },
  creditor: 'Merchant A',
  iban: 'DE02100100109307118603',
  reference: 'Order 7',
} as const

export const accounts = [
  'DE02100100109307118603',
  'DE75512108001245126199',
  'FR1420041010050500013M02606',
] as const

export const anAccess = {
  type: 'account_access',
  actions: ['balances', 'transactions'],
  accounts: [...accounts],
} as const
