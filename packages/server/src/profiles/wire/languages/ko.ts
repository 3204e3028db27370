// The sentences in Korean.
import type { Catalogue } from '../words.ts'

export const ko: Catalogue = {
  'No active account found with the given credentials': '입력한 인증 정보와 일치하는 활성 계정이 없습니다',
  'No active account found for the given token.': '이 토큰에 해당하는 활성 계정이 없습니다.',
  "The user's password has been changed.": '사용자의 비밀번호가 변경되었습니다.',
  'Token is invalid': '토큰이 유효하지 않습니다',
  'Token is expired': '토큰이 만료되었습니다',
  'Token is invalid or expired': '토큰이 유효하지 않거나 만료되었습니다',
  'Token is blacklisted': '차단된 토큰입니다',
  'Token has wrong type': '토큰의 종류가 잘못되었습니다',
  'Token has no type': '토큰에 종류가 없습니다',
  'Token has no id': '토큰에 식별자가 없습니다',
  "Token has no '{claim}' claim": "토큰에 '{claim}' 항목이 없습니다",
  "Token '{claim}' claim has expired": "토큰의 '{claim}' 항목이 만료되었습니다",
  'Token contained no recognizable user identification': '토큰으로 사용자를 식별할 수 없습니다',
  'Given token not valid for any token type': '이 토큰은 어떤 종류의 토큰으로도 유효하지 않습니다',
  'Authorization header must contain two space-delimited values':
    'Authorization 헤더에는 공백으로 구분된 두 값이 있어야 합니다',
  'User not found': '사용자를 찾을 수 없습니다',
  'User is inactive': '비활성 사용자입니다',
  'Authentication credentials were not provided.': '인증 정보가 제공되지 않았습니다.',
  'You do not have permission to perform this action.': '이 작업을 수행할 권한이 없습니다.',
  'Not found.': '찾을 수 없습니다.',
  'This field is required.': '이 필드는 필수입니다.',
  'This field may not be blank.': '이 필드는 비워 둘 수 없습니다.',
  'This field may not be null.': '이 필드는 null일 수 없습니다.',
  'Not a valid string.': '올바른 문자열이 아닙니다.',
  'Null characters are not allowed.': '널 문자는 사용할 수 없습니다.',
  'Enter a valid email address.': '올바른 이메일 주소를 입력하세요.',
  'Ensure this field has no more than {max_length} characters.':
    '이 필드는 {max_length}자를 넘을 수 없습니다.',
  'Invalid data. Expected a dictionary, but got {datatype}.':
    '잘못된 데이터입니다. 딕셔너리가 필요하지만 {datatype}을(를) 받았습니다.',
  'Unsupported media type "{media_type}" in request.':
    '요청의 미디어 유형 "{media_type}"은(는) 지원되지 않습니다.',
  'Method "{method}" not allowed.': '메서드 "{method}"은(는) 허용되지 않습니다.',
  'Could not satisfy the request Accept header.': '요청의 Accept 헤더를 만족할 수 없습니다.',
  'Request was throttled. Expected available in {wait} second.':
    '요청이 너무 많습니다. {wait}초 후에 다시 시도하세요.',
  'Request was throttled. Expected available in {wait} seconds.':
    '요청이 너무 많습니다. {wait}초 후에 다시 시도하세요.',
  'Service temporarily unavailable, try again later.':
    '서비스를 잠시 사용할 수 없습니다. 나중에 다시 시도하세요.',
}
