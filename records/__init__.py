"""What travels through Cordwatch: records, annotations, queries and hits. Imports nothing of ours."""
