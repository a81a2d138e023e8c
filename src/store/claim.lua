-- KEYS[2]: the claim. ARGV: 2 now, 3 earliest or '', 4 the end of the lease or '-1' for done, 5 its end or ''.
-- Answers 0: claimed, 1: done before, 2: leased, 3: cannot tell.
local now = tonumber(ARGV[2])
if math.abs(time - now) > skew then
  return 3
end
-- In the second in which the epoch began it may have been claimed before that; and its clock may be behind.
if ARGV[3] ~= '' and tonumber(ARGV[3]) <= known[3] + skew then
  return 3
end
local set = {'SET', KEYS[2], ARGV[4], 'NX'}
if ARGV[5] ~= '' then
  -- A lease is a time to work in, by whatever clock. What is done is held until every clock is past its end.
  local seconds = ARGV[4] == '-1' and ARGV[5] + skew - time or ARGV[5] - now
  set[5], set[6] = 'PX', math.max(seconds * 1000, 1)
end
if redis.call(unpack(set)) then
  return 0
end
local held = redis.call('GET', KEYS[2])
-- A lease that has outlived itself was settled without memory for more.
if held == '-1' or held + skew < tonumber(time) then
  return 1
end
return 2
