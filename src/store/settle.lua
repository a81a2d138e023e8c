-- SPDX-License-Identifier: MIT OR Apache-2.0
-- KEYS[1]: the claim. ARGV: 1 skew, 2 now, 3 until or ''. Answers 0: settled, 3: cannot tell.
local time, skew = redis.call('TIME')[1], tonumber(ARGV[1])
if math.abs(time - tonumber(ARGV[2])) > skew then
  return 3
end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], '-1')
  return 0
end
local left = math.max((ARGV[3] + skew - time) * 1000, 1)
local set = redis.pcall('SET', KEYS[1], '-1', 'PX', left)
-- A server without memory still prolongs what is there.
if set.err and redis.call('PEXPIRE', KEYS[1], left) == 0 then
  return 3
end
return 0
