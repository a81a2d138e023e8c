-- SPDX-License-Identifier: MIT OR Apache-2.0
-- In front of the claim, and alone when a connection is made.
-- KEYS[1]: what is known of the claims: `since` when all are there, the latest time `seen`, and under which `reign`.
-- ARGV[1]: the skew. Answers 4: not a primary.
local time, skew = redis.call('TIME')[1], tonumber(ARGV[1])
local info = redis.call('INFO', 'replication')
-- New with every start and with every promotion: whoever reigns now may not have what was claimed before.
local reign = string.match(info, 'master_replid:(%x+)')
if not reign or not string.find(info, 'role:master', 1, true) then
  return 4
end
local known = redis.call('HMGET', KEYS[1], 'reign', 'seen', 'since')
-- A clock that was ahead has let claims expire.
if known[1] ~= reign or time + skew < tonumber(known[2]) then
  known[3] = time
  redis.call('HSET', KEYS[1], 'reign', reign, 'seen', time, 'since', time)
elseif tonumber(time) > tonumber(known[2]) then
  redis.call('HSET', KEYS[1], 'seen', time)
end
