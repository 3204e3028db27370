// The sentences in Portuguese of Brazil.
import type { Catalogue } from '../words.ts'

export const ptBr: Catalogue = {
  'No active account found with the given credentials':
    'Nenhuma conta ativa corresponde às credenciais informadas',
  'No active account found for the given token.': 'Nenhuma conta ativa corresponde ao token informado.',
  "The user's password has been changed.": 'A senha do usuário foi alterada.',
  'Token is invalid': 'O token é inválido',
  'Token is expired': 'O token expirou',
  'Token is invalid or expired': 'O token é inválido ou expirou',
  'Token is blacklisted': 'O token está bloqueado',
  'Token has wrong type': 'O token é do tipo errado',
  'Token has no type': 'O token não informa seu tipo',
  'Token has no id': 'O token não tem identificador',
  "Token has no '{claim}' claim": 'Falta no token o dado "{claim}"',
  "Token '{claim}' claim has expired": 'O dado "{claim}" do token expirou',
  'Token contained no recognizable user identification': 'O token não identifica nenhum usuário',
  'Given token not valid for any token type': 'O token informado não é válido para nenhum tipo de token',
  'Authorization header must contain two space-delimited values':
    'O cabeçalho de autorização deve conter dois valores separados por um espaço',
  'User not found': 'Usuário não encontrado',
  'User is inactive': 'O usuário está inativo',
  'Authentication credentials were not provided.': 'As credenciais de autenticação não foram enviadas.',
  'You do not have permission to perform this action.': 'Você não tem permissão para executar esta ação.',
  'Not found.': 'Não encontrado.',
  'This field is required.': 'Este campo é obrigatório.',
  'This field may not be blank.': 'Este campo não pode ficar em branco.',
  'This field may not be null.': 'Este campo não pode ser nulo.',
  'Not a valid string.': 'Não é um texto válido.',
  'Null characters are not allowed.': 'Caracteres nulos não são permitidos.',
  'Enter a valid email address.': 'Informe um endereço de e-mail válido.',
  'Ensure this field has no more than {max_length} characters.':
    'Este campo não pode ter mais de {max_length} caracteres.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Dados inválidos. Era esperado um dicionário, mas foi recebido {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'O tipo de mídia "{media_type}" da requisição não é suportado.',
  'Method "{method}" not allowed.': 'O método "{method}" não é permitido.',
  'Could not satisfy the request Accept header.':
    'Não foi possível atender ao cabeçalho Accept da requisição.',
  'Request was throttled. Expected available in {wait} second.':
    'Requisições demais. Tente de novo em {wait} segundo.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Requisições demais. Tente de novo em {wait} segundos.',
  'Service temporarily unavailable, try again later.':
    'O serviço está temporariamente indisponível, tente mais tarde.',
}
