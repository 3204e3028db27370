// The sentences in Portuguese.
import type { Catalogue } from '../words.ts'

export const pt: Catalogue = {
  'No active account found with the given credentials':
    'Não há nenhuma conta ativa com as credenciais indicadas',
  'No active account found for the given token.': 'Não há nenhuma conta ativa para o token indicado.',
  "The user's password has been changed.": 'A palavra-passe do utilizador foi alterada.',
  'Token is invalid': 'O token não é válido',
  'Token is expired': 'O token expirou',
  'Token is invalid or expired': 'O token não é válido ou expirou',
  'Token is blacklisted': 'O token está bloqueado',
  'Token has wrong type': 'O token é do tipo errado',
  'Token has no type': 'O token não indica o seu tipo',
  'Token has no id': 'O token não tem identificador',
  "Token has no '{claim}' claim": 'Falta ao token o dado «{claim}»',
  "Token '{claim}' claim has expired": 'O dado «{claim}» do token expirou',
  'Token contained no recognizable user identification': 'O token não identifica nenhum utilizador',
  'Given token not valid for any token type': 'O token indicado não é válido para nenhum tipo de token',
  'Authorization header must contain two space-delimited values':
    'O cabeçalho de autorização tem de conter dois valores separados por um espaço',
  'User not found': 'Utilizador não encontrado',
  'User is inactive': 'O utilizador está inativo',
  'Authentication credentials were not provided.': 'Não foram enviadas credenciais de autenticação.',
  'You do not have permission to perform this action.': 'Não tem permissão para realizar esta ação.',
  'Not found.': 'Não encontrado.',
  'This field is required.': 'Este campo é obrigatório.',
  'This field may not be blank.': 'Este campo não pode ficar em branco.',
  'This field may not be null.': 'Este campo não pode ser nulo.',
  'Not a valid string.': 'Não é um texto válido.',
  'Null characters are not allowed.': 'Não são permitidos caracteres nulos.',
  'Enter a valid email address.': 'Introduza um endereço de correio eletrónico válido.',
  'Ensure this field has no more than {max_length} characters.':
    'Este campo não pode ter mais de {max_length} caracteres.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    'Dados inválidos. Era esperado um dicionário, mas chegou {datatype}.',
  'Unsupported media type "{media_type}" in request.':
    'O tipo de conteúdo «{media_type}» do pedido não é suportado.',
  'Method "{method}" not allowed.': 'O método «{method}» não é permitido.',
  'Could not satisfy the request Accept header.': 'Não é possível satisfazer o cabeçalho Accept do pedido.',
  'Request was throttled. Expected available in {wait} second.':
    'Demasiados pedidos. Tente novamente dentro de {wait} segundo.',
  'Request was throttled. Expected available in {wait} seconds.':
    'Demasiados pedidos. Tente novamente dentro de {wait} segundos.',
  'Service temporarily unavailable, try again later.':
    'O serviço está temporariamente indisponível, tente mais tarde.',
}
