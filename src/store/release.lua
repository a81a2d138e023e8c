-- SPDX-License-Identifier: MIT OR Apache-2.0
-- KEYS[1]: the claim. ARGV[1]: the end of the lease.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 0
